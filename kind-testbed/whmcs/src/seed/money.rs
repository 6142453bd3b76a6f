//! Orders, invoices with their lines, payments, refunds and credit.

use chrono::{Days, Months, NaiveDate};

use super::{
    Generator,
    dice::Dice,
    people::Client,
    services::{Service, Status},
};
use crate::{insert, load::Cents};

/// What is asked for in one line.
struct Line {
    kind: &'static str,
    relid: u32,
    text: String,
    amount: Cents,
}

impl Generator {
    /// The order of a service and what was invoiced for it since; answers the unpaid ones.
    pub fn write_orders(&mut self, client: &Client, service: &Service, dice: &mut Dice) -> Vec<(u32, Cents)> {
        let order = service.id;
        let placed = service.registered.and_hms_opt(7, 30, 0);
        let status = match service.status {
            Status::Pending => "Pending",
            Status::Fraud => "Fraud",
            Status::Cancelled => "Cancelled",
            _ => "Active",
        };
        let count = match service.status {
            _ if service.amount <= Cents(0) => 0,
            Status::Active => 1 + dice.below(3),
            _ => 1,
        };
        let mut unpaid = Vec::new();
        let first = self.ids.next_invoice();
        insert!(
            self.sink,
            tblorders {
                id: order,
                ordernum: 1_000_000_000 + i64::from(order) * 7,
                userid: client.id,
                requestor_id: client.owner.unwrap_or(0),
                date: placed,
                promocode: if service.promotion == 0 { "" } else { "SPRING" },
                amount: service.first,
                paymentmethod: "stripe",
                invoiceid: if count == 0 { 0 } else { first },
                status: status,
                ipaddress: "192.0.2.77",
            }
        );
        for period in (0..count).rev() {
            let months = service.cycle.months.max(1) * period;
            let due = service
                .next_due
                .unwrap_or(service.registered)
                .checked_sub_months(Months::new(months))
                .unwrap_or(service.registered);
            let draft = self.owes("draft-without-date") && client.id > 3;
            let status = if draft { "Draft" } else { invoice_status(service.status, period, dice) };
            let mut lines = vec![Line {
                kind: "Hosting",
                relid: service.id,
                text: format!(
                    "{} - {} ({} - {})",
                    self.catalogue.products[service.product].name,
                    service.domain,
                    due.format("%d/%m/%Y"),
                    (due + Months::new(service.cycle.months.max(1)) - Days::new(1)).format("%d/%m/%Y")
                ),
                amount: service.amount,
            }];
            if service.promotion != 0 {
                let amount = Cents(-service.amount.0 / 10);
                lines.push(Line { kind: "PromoHosting", relid: service.id, text: "SPRING: 10%".to_owned(), amount });
            }
            if dice.percent(2) {
                lines.push(Line { kind: "LateFee", relid: 0, text: "Late fee".to_owned(), amount: Cents(500) });
            }
            let (id, total) = self.write_invoice(client, &lines, due, status, dice);
            if status == "Unpaid" && total > Cents(0) {
                unpaid.push((id, total));
            }
        }
        unpaid
    }

    fn write_invoice(
        &mut self,
        client: &Client,
        lines: &[Line],
        due: NaiveDate,
        status: &'static str,
        dice: &mut Dice,
    ) -> (u32, Cents) {
        let id = self.ids.invoice();
        let subtotal = Cents(lines.iter().map(|line| line.amount.0).sum());
        let tax = Cents((subtotal.0 * client.tax + 50) / 100);
        let gross = subtotal + tax;
        let credited = status == "Paid" && gross > Cents(200) && self.happens("credit-applied", 4, dice);
        let credit = Cents(if credited { 200 } else { 0 });
        let total = gross - credit;
        let paid = matches!(status, "Paid" | "Refunded");
        let numbered = paid && !self.happens("trap-31", 40, dice);
        // Drafts of old have no date at all.
        let undated = self.messy && status == "Draft" && self.happens("draft-without-date", 50, dice);
        let (date, due) = if undated { (None, None) } else { (Some(due - Days::new(14)), Some(due)) };
        let on = |day: Option<NaiveDate>| day.filter(|_| paid).and_then(|day| day.and_hms_opt(6, 15, 0));
        let number = if numbered { format!("INV-2026-{id:06}") } else { String::new() };
        insert!(
            self.sink,
            tblinvoices {
                id: id,
                userid: client.id,
                invoicenum: &number,
                date: date,
                duedate: due,
                datepaid: on(due),
                subtotal: subtotal,
                credit: credit,
                tax: tax,
                tax2: Cents(0),
                total: total,
                taxrate: Cents(client.tax * 100),
                taxrate2: Cents(0),
                status: status,
                paymentmethod: "stripe",
                created_at: on(date),
                updated_at: on(due),
            }
        );
        // A cent that somebody took off by hand.
        let off = self.messy && self.happens("lines-do-not-add-up", 0, dice);
        for line in lines {
            let item = self.ids.item();
            let amount = line.amount - Cents(i64::from(off));
            insert!(self.sink, tblinvoiceitems {
                id: item, invoiceid: id, userid: client.id, type: line.kind, relid: line.relid, description: &line.text,
                amount: amount, taxed: client.tax > 0, duedate: due, paymentmethod: "stripe",
            });
        }
        if credit > Cents(0) {
            let entry = self.ids.credit();
            insert!(
                self.sink,
                tblcredit {
                    id: entry,
                    clientid: client.id,
                    date: due,
                    description: &format!("Credit Applied to Invoice #{id}"),
                    amount: Cents(-credit.0),
                    relid: id,
                }
            );
        }
        if paid {
            self.write_payment(client, id, total, due, status == "Refunded", dice);
        }
        if dice.percent(25) {
            let details = format!(
                "{{\"firstname\":\"{}\",\"lastname\":\"{}\",\"country\":\"{}\"}}",
                client.first, client.last, client.country
            );
            insert!(self.sink, mod_invoicedata { id: id, invoiceid: id, clientsdetails: &details, customfields: "[]" });
        }
        (id, total)
    }

    fn write_payment(
        &mut self,
        client: &Client,
        invoice: u32,
        total: Cents,
        due: Option<NaiveDate>,
        back: bool,
        dice: &mut Dice,
    ) {
        let (id, at) = (self.ids.transaction(), due.and_then(|day| day.and_hms_opt(6, 15, 0)));
        let reference = dice.word(12);
        insert!(
            self.sink,
            tblaccounts {
                id: id,
                userid: client.id,
                currency: 0i64,
                gateway: "stripe",
                date: at,
                description: "Invoice Payment",
                amountin: total,
                fees: Cents(total.0 / 50),
                amountout: Cents(0),
                transid: &format!("ch_{reference}"),
                invoiceid: invoice,
            }
        );
        // Part of a paid one was given back, or all of a refunded one.
        let part = !back && total > Cents(400) && self.happens("trap-32", 2, dice);
        if back || part {
            let refund = self.ids.transaction();
            insert!(
                self.sink,
                tblaccounts {
                    id: refund,
                    userid: client.id,
                    currency: 0i64,
                    gateway: "stripe",
                    date: at,
                    description: "Refund of Transaction",
                    amountin: Cents(0),
                    fees: Cents(0),
                    amountout: if part { Cents(400) } else { total },
                    transid: &format!("re_{reference}"),
                    invoiceid: invoice,
                    refundid: id,
                }
            );
        }
    }

    /// What belongs to the client and to no service: credit bought, and several invoices paid at once.
    pub fn write_account(
        &mut self,
        client: &Client,
        services: &[Service],
        mut unpaid: Vec<(u32, Cents)>,
        dice: &mut Dice,
    ) {
        if client.credit > Cents(0) {
            let due = self.today - Days::new(u64::from(40 + dice.below(300)));
            let line = Line { kind: "AddFunds", relid: 0, text: "Add Funds".to_owned(), amount: client.credit };
            let untaxed = Client { tax: 0, ..client.clone() };
            let (invoice, _) = self.write_invoice(&untaxed, &[line], due, "Paid", dice);
            let entry = self.ids.credit();
            insert!(
                self.sink,
                tblcredit {
                    id: entry,
                    clientid: client.id,
                    date: due,
                    description: &format!("Add Funds Invoice #{invoice}"),
                    amount: client.credit,
                    relid: invoice,
                }
            );
        }
        if let Some(service) = services.iter().find(|service| service.amount > Cents(0)).filter(|_| client.id > 2)
            && self.owes("mass-payment")
        {
            for fee in ["Setup", "Late"] {
                let line = Line { kind: "", relid: service.id, text: format!("{fee} fee"), amount: Cents(1500) };
                unpaid.push(self.write_invoice(client, &[line], self.today, "Unpaid", dice));
            }
        }
        // Its lines are invoices: to count both would count twice.
        if unpaid.len() > 1 {
            let lines: Vec<Line> = unpaid
                .iter()
                .map(|(id, total)| Line { kind: "Invoice", relid: *id, text: format!("Invoice #{id}"), amount: *total })
                .collect();
            let untaxed = Client { tax: 0, ..client.clone() };
            self.write_invoice(&untaxed, &lines, self.today, "Unpaid", dice);
            self.happened("mass-payment");
        }
    }

    pub fn write_addon(&mut self, client: &Client, service: &Service, dice: &mut Dice) -> Result<(), crate::SeedError> {
        let id = self.ids.addon();
        let (addon, name, recurring) = if self.messy && self.happens("custom-addon", 30, dice) {
            (0, "Extra monitoring (as agreed)", 700)
        } else {
            dice.among(&[(1, (1, "", 1500)), (1, (2, "", 500))])
        };
        insert!(
            self.sink,
            tblhostingaddons {
                id: id,
                orderid: service.id,
                hostingid: service.id,
                addonid: addon,
                userid: client.id,
                name: name,
                qty: 1i64,
                firstpaymentamount: Cents(recurring),
                recurring: Cents(recurring),
                billingcycle: "Monthly",
                tax: "on",
                status: if service.status.is_live() { "Active" } else { "Terminated" },
                regdate: service.registered,
                nextduedate: service.next_due,
                nextinvoicedate: service.next_due,
                paymentmethod: "stripe",
            }
        );
        let field = self.catalogue.owned("addon").next().map(|field| field.id);
        if let (1, Some(field)) = (addon, field) {
            self.write_person_value(field, id, format!("LIC-{}", dice.word(10).to_uppercase()), "addon")?;
        }
        Ok(())
    }
}

fn invoice_status(service: Status, period: u32, dice: &mut Dice) -> &'static str {
    match service {
        Status::Pending | Status::Suspended if period == 0 => "Unpaid",
        Status::Cancelled | Status::Fraud => "Cancelled",
        Status::Terminated if dice.percent(20) => "Collections",
        _ => dice.among(&[
            (85, "Paid"),
            (5, "Unpaid"),
            (3, "Refunded"),
            (3, "Draft"),
            (2, "Payment Pending"),
            (2, "Cancelled"),
        ]),
    }
}
