//! Rows that are carried over as they are, to be read: money, orders, tickets.

use super::{NO_CURRENCY, Transform, client::some_id};
use crate::{
    carried::{
        Addon, CancelRequest, Credit, Currency, HostServer, Invoice, InvoiceLine, Legacy, LegacyId, Note, Order,
        Promotion, Reply, Ticket, Transaction,
    },
    outcome::{Fate, Outcome},
    text::{date, moment},
    whmcs::{
        AddonRow, CancelRow, CreditRow, CurrencyRow, InvoiceItemRow, InvoiceRow, NoteRow, OrderRow, PromotionRow,
        ReplyRow, Server, TicketRow, TransactionRow,
    },
};

impl Transform<'_> {
    /// Each once: of two rows that are one currency, the default one counts, else the older. The others are told.
    pub fn currencies(&self) -> (Vec<Currency>, Vec<Outcome>) {
        let mut rows: Vec<&CurrencyRow> = self.catalogue.currencies.values().collect();
        rows.sort_by_key(|row| (!row.is_default, row.id));
        let (mut currencies, mut outcomes) = (Vec::<Currency>::new(), Vec::new());
        for row in rows {
            let Some(code) = self.currency_code(row.id) else { continue };
            if let Some(Currency { id, .. }) = currencies.iter().find(|currency| currency.code == code) {
                let reason = format!(
                    "currency {id} is {code}, too: its signs and its rate are carried over, and this one's (rate {}) are not",
                    row.rate.normalize()
                );
                let legacy = Legacy { table: "tblcurrencies", id: row.id };
                outcomes.push(Outcome::new(legacy, Fate::Finding, "currency-twice", reason));
                continue;
            }
            currencies.push(Currency {
                id: row.id,
                code: code.to_owned(),
                prefix: self.mapping.text.plain(&row.prefix),
                suffix: self.mapping.text.plain(&row.suffix),
                rate: row.rate,
                is_default: row.is_default,
            });
        }
        currencies.sort_by_key(|currency| currency.id);
        (currencies, outcomes)
    }

    pub fn host_server(&self, row: &Server) -> HostServer {
        HostServer {
            id: row.id,
            name: self.mapping.text.plain(&row.name),
            hostname: self.mapping.text.plain(&row.hostname),
            address: row.ipaddress.trim().to_owned(),
            module: row.module.trim().to_owned(),
            active: row.active && !row.disabled,
        }
    }

    pub fn addon(&self, row: &AddonRow) -> Addon {
        let own = self.mapping.text.plain(&row.name);
        // A custom addon has its own name; others are called what the catalogue calls them.
        let name = match self.catalogue.addons.get(&row.addonid) {
            Some(kind) if own.is_empty() => self.mapping.text.plain(&kind.name),
            _ => own,
        };
        Addon {
            id: row.id,
            service: row.hostingid,
            account: some_id(row.userid),
            name,
            price: row.recurring,
            cycle: row.billingcycle.trim().to_owned(),
            status: row.status.trim().to_owned(),
            next_due: date(row.nextduedate.as_deref()).ok(),
        }
    }

    pub fn order(&self, row: &OrderRow) -> Order {
        Order {
            id: row.id,
            account: some_id(row.userid),
            number: row.ordernum.trim().to_owned(),
            ordered_at: moment(row.date.as_deref()).ok(),
            amount: row.amount,
            status: row.status.trim().to_owned(),
            invoice: some_id(row.invoiceid),
        }
    }

    pub fn invoice(&self, row: &InvoiceRow) -> Invoice {
        let number = self.mapping.text.plain(&row.invoicenum);
        Invoice {
            id: row.id,
            account: some_id(row.userid),
            number: if number.is_empty() { row.id.to_string() } else { number },
            currency: self.code(row.currency),
            status: row.status.trim().to_owned(),
            issued_on: date(row.date.as_deref()).ok(),
            due_on: date(row.duedate.as_deref()).ok(),
            paid_on: date(row.datepaid.as_deref()).ok(),
            subtotal: row.subtotal,
            credit: row.credit,
            tax: row.tax,
            tax2: row.tax2,
            total: row.total,
            payment_method: row.paymentmethod.trim().to_owned(),
            billed_to: row.clientsdetails.as_deref().map(|text| self.mapping.text.lines(text)).unwrap_or_default(),
            notes: self.mapping.text.lines(&row.notes),
        }
    }

    pub fn invoice_line(&self, row: &InvoiceItemRow) -> InvoiceLine {
        InvoiceLine {
            id: row.id,
            invoice: row.invoiceid,
            kind: row.kind.trim().to_owned(),
            about: some_id(row.relid),
            description: self.mapping.text.lines(&row.description),
            amount: row.amount,
            taxed: row.taxed,
            period_from: date(row.duedate.as_deref()).ok(),
        }
    }

    pub fn transaction(&self, row: &TransactionRow) -> Transaction {
        // `currency` is 0 where a client is linked: it is that client's.
        let currency = if row.currency == 0 { row.client_currency } else { Some(row.currency) };
        Transaction {
            id: row.id,
            account: some_id(row.userid),
            invoice: some_id(row.invoiceid),
            currency: self.code(currency),
            at: moment(row.date.as_deref()).ok(),
            gateway: row.gateway.trim().to_owned(),
            description: self.mapping.text.plain(&row.description),
            amount_in: row.amountin,
            amount_out: row.amountout,
            fees: row.fees,
            gateway_id: row.transid.trim().to_owned(),
            refund_of: some_id(row.refundid),
        }
    }

    pub fn credit(&self, row: &CreditRow) -> Credit {
        Credit {
            id: row.id,
            account: some_id(row.clientid),
            on: date(row.date.as_deref()).ok(),
            description: self.mapping.text.plain(&row.description),
            amount: row.amount,
        }
    }

    pub fn ticket(&self, row: &TicketRow) -> Ticket {
        let department = self.catalogue.departments.get(&row.did).map(|name| self.mapping.text.plain(name));
        let service = row.service.trim().strip_prefix(['S', 's']).and_then(|id| id.parse::<LegacyId>().ok());
        let admin = self.mapping.text.plain(&row.admin);
        let name = self.mapping.text.plain(&row.name);
        Ticket {
            id: row.id,
            account: some_id(row.userid),
            number: row
                .tid
                .as_deref()
                .map(str::trim)
                .filter(|n| !n.is_empty())
                .map_or(row.id.to_string(), str::to_owned),
            department: department.unwrap_or_default(),
            author: if name.is_empty() { admin } else { name },
            email: self.mapping.text.plain(&row.email),
            subject: self.mapping.text.plain(&row.title),
            message: row.message.clone(),
            status: row.status.trim().to_owned(),
            priority: row.urgency.trim().to_owned(),
            opened_at: moment(row.date.as_deref()).ok(),
            service,
            merged_into: row.merged_ticket_id.and_then(some_id),
        }
    }

    pub fn reply(&self, row: &ReplyRow) -> Reply {
        let admin = self.mapping.text.plain(&row.admin);
        let by_staff = !admin.is_empty();
        Reply {
            id: row.id,
            ticket: row.tid,
            author: if by_staff { admin } else { self.mapping.text.plain(&row.name) },
            by_staff,
            message: row.message.clone(),
            at: moment(row.date.as_deref()).ok(),
        }
    }

    pub fn cancel_request(&self, row: &CancelRow) -> CancelRequest {
        CancelRequest {
            id: row.id,
            service: row.relid,
            at: moment(row.date.as_deref()).ok(),
            reason: self.mapping.text.lines(&row.reason),
            kind: row.kind.trim().to_owned(),
        }
    }

    pub fn promotion(&self, row: &PromotionRow) -> Promotion {
        Promotion {
            id: row.id,
            code: self.mapping.text.plain(&row.code),
            kind: row.kind.trim().to_owned(),
            value: row.value,
            recurring: row.recurring,
            starts_on: date(row.startdate.as_deref()).ok(),
            ends_on: date(row.expirationdate.as_deref()).ok(),
            notes: self.mapping.text.lines(&row.notes),
        }
    }

    pub fn note(&self, row: &NoteRow) -> Note {
        Note {
            id: row.id,
            account: row.userid,
            at: moment(row.created.as_deref()).ok(),
            text: self.mapping.text.lines(&row.note),
        }
    }

    /// The currency's code; `XXX`, which is none, where there is no such currency.
    pub(crate) fn code(&self, currency: Option<LegacyId>) -> String {
        currency.and_then(|id| self.currency_code(id)).unwrap_or(NO_CURRENCY).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::*;
    use crate::{inventory::Machines, transform::fixture};

    fn with<T>(make: impl FnOnce(&Transform<'_>) -> T) -> T {
        let (mapping, catalogue, machines) = (fixture::mapping(), fixture::catalogue(), Machines::default());
        make(&Transform::new(&mapping, &catalogue, &machines))
    }

    #[test]
    fn trap_31_an_invoice_without_a_number_is_shown_by_its_id() {
        let numbered = InvoiceRow { id: 31, invoicenum: "2026-7".into(), ..InvoiceRow::default() };
        let draft = InvoiceRow { id: 32, duedate: Some("0000-00-00".into()), ..InvoiceRow::default() };
        let (numbered, draft) = with(|transform| (transform.invoice(&numbered), transform.invoice(&draft)));
        assert_eq!((numbered.number.as_str(), draft.number.as_str()), ("2026-7", "32"));
        assert_eq!(draft.due_on, None);
    }

    #[test]
    fn trap_32_a_refund_is_money_out_that_names_the_payment() {
        let row = |id, amountin: &str, amountout: &str, refundid| TransactionRow {
            id,
            userid: 7,
            client_currency: Some(1),
            amountin: amountin.parse().unwrap(),
            amountout: amountout.parse().unwrap(),
            refundid,
            ..TransactionRow::default()
        };
        let paid = with(|t| [row(1, "14.00", "0.00", 0), row(2, "0.00", "4.00", 1)].map(|row| t.transaction(&row)));
        assert_eq!((paid[0].refund_of, paid[1].refund_of), (None, Some(1)));
        let net: Decimal = paid.iter().map(|row| row.amount_in - row.amount_out).sum();
        assert_eq!((net.to_string().as_str(), paid[1].currency.as_str()), ("10.00", "EUR"));
    }

    #[test]
    fn a_transaction_has_its_own_currency_or_its_client_s_and_none_is_told_apart() {
        let row = |currency, client_currency| TransactionRow { currency, client_currency, ..TransactionRow::default() };
        let codes = with(|t| [row(1, None), row(0, Some(1)), row(0, None)].map(|row| t.transaction(&row).currency));
        assert_eq!(codes, ["EUR", "EUR", "XXX"]);
    }

    #[test]
    fn a_custom_addon_has_its_own_name_and_a_ticket_without_a_number_its_id() {
        let addon = AddonRow { id: 1, name: "Extra &amp; more".into(), ..AddonRow::default() };
        let ticket = TicketRow { id: 9, tid: Some(" ".into()), service: "S101".into(), ..TicketRow::default() };
        let (addon, ticket) = with(|t| (t.addon(&addon), t.ticket(&ticket)));
        assert_eq!((addon.name.as_str(), addon.account), ("Extra & more", None));
        assert_eq!((ticket.number.as_str(), ticket.service), ("9", Some(101)));
    }
}
