//! Tickets, mails, notes, wishes to leave, and the log of everything.

use chrono::{Days, NaiveDateTime};

use super::{Generator, dice::Dice, people::Client, services::Service};
use crate::{SeedError, insert, load::Cents};

const TOPICS: [(&str, &str); 5] = [
    ("Server does not answer", "Since this morning I cannot reach it. Can you have a look?"),
    ("Question about my invoice", "Why is it more than last month?"),
    ("More memory", "How do I get 4 GB more, and what does it cost?"),
    ("Reverse DNS", "Please set it to mail.example."),
    ("Reinstall", "I would like Debian 13 instead."),
];

impl Generator {
    pub fn write_support(&mut self, client: &Client, services: &[Service], dice: &mut Dice) -> Result<(), SeedError> {
        let when = self.noon() - Days::new(u64::from(dice.below(700)));
        if dice.percent(22) || client.id <= 2 {
            self.write_ticket(client, services, when, dice)?;
        }
        if dice.percent(5) {
            let id = self.ids.note();
            insert!(
                self.sink,
                tblnotes {
                    id: id,
                    userid: client.id,
                    adminid: 1i64,
                    created: when,
                    modified: when,
                    note: "Pays by bank transfer; call before suspending.",
                    sticky: 1i64,
                }
            );
        }
        if dice.percent(40) {
            let id = self.ids.mail();
            insert!(
                self.sink,
                tblemails {
                    id: id,
                    userid: client.id,
                    subject: "Invoice Payment Confirmation",
                    message: "<p>Thank you.</p>",
                    date: when,
                    to: &client.email,
                }
            );
        }
        for service in services {
            let id = self.ids.log();
            let description = format!("Service ID: {} - User ID: {} - Product changed", service.id, client.id);
            insert!(
                self.sink,
                tblactivitylog {
                    id: id,
                    date: when,
                    description: &description,
                    user: "System",
                    userid: client.id,
                    ipaddr: "192.0.2.77",
                }
            );
            self.write_wishes(service, when, dice);
        }
        Ok(())
    }

    fn write_ticket(
        &mut self,
        client: &Client,
        services: &[Service],
        when: NaiveDateTime,
        dice: &mut Dice,
    ) -> Result<(), SeedError> {
        let id = self.ids.ticket();
        let (title, message) = *dice.pick(&TOPICS);
        let about = services.first().map_or_else(String::new, |service| format!("S{}", service.id));
        // A guest wrote before becoming a client, or never became one.
        let guest = client.id > 2 && self.happens("guest-ticket", 10, dice);
        // Merged into the one before it.
        let merged = if id > 1 && self.happens("merged-ticket", 8, dice) { id - 1 } else { 0 };
        insert!(
            self.sink,
            tbltickets {
                id: id,
                tid: &format!("{:06}", 100_000 + id),
                did: 1i64,
                userid: if guest { 0 } else { client.id },
                name: if guest { client.first.as_str() } else { "" },
                email: if guest { client.email.as_str() } else { "" },
                c: &dice.word(8),
                date: when,
                title: title,
                message: message,
                status: *dice.pick(&["Open", "Answered", "Closed"]),
                urgency: "Medium",
                admin: "",
                lastreply: when,
                adminunread: "",
                replyingtime: None::<NaiveDateTime>,
                service: &about,
                merged_ticket_id: merged,
                updated_at: when,
            }
        );
        for round in 0..dice.below(4) {
            let reply = self.ids.reply();
            let staff = round % 2 == 0;
            insert!(
                self.sink,
                tblticketreplies {
                    id: reply,
                    tid: id,
                    userid: if staff { 0 } else { client.id },
                    date: when + Days::new(u64::from(round)),
                    message: if staff { "We are on it &amp; will write again." } else { "Thank you!" },
                    admin: if staff { "Sam Staff" } else { "" },
                }
            );
        }
        let field = self.catalogue.owned("support").next().map(|field| field.id);
        if let Some(field) = field.filter(|_| dice.percent(30)) {
            let name = services.first().map_or_else(String::new, |service| service.domain.clone());
            self.write_person_value(field, id, name, "support")?;
        }
        Ok(())
    }

    /// To leave, or to have more: what is pending must not be lost.
    fn write_wishes(&mut self, service: &Service, when: NaiveDateTime, dice: &mut Dice) {
        if service.status.is_live() && service.client > 2 && self.happens("cancel-request", 2, dice) {
            let id = self.ids.wish();
            let kind = *dice.pick(&["Immediate", "End of Billing Period"]);
            insert!(self.sink, tblcancelrequests { id: id, date: when, relid: service.id, reason: "Too expensive", type: kind });
        }
        if service.status.is_live() && service.client > 2 && self.happens("pending-upgrade", 1, dice) {
            let id = self.ids.wish();
            insert!(self.sink, tblupgrades {
                id: id, userid: service.client, orderid: service.id, type: "configoptions", date: when.date(), relid: service.id,
                originalvalue: "1=>1", newvalue: "2", new_cycle: "", amount: Cents(500), status: "Pending", paid: "N",
            });
        }
        if service.module == super::catalogue::Module::Web {
            let id = self.ids.domain();
            insert!(self.sink, tbldomains {
                id: id, userid: service.client, orderid: service.id, type: "Register", registrationdate: service.registered,
                domain: &service.domain, recurringamount: Cents(1200), registrar: "enom", registrationperiod: 1i64,
                expirydate: service.next_due, status: if service.status.is_live() { "Active" } else { "Expired" },
                nextduedate: service.next_due, nextinvoicedate: service.next_due,
            });
        }
    }
}
