//! Clients, who logs in for them, and whom else to write to.

use chrono::{Days, NaiveDate};

use super::{
    Generator, LastLogin,
    catalogue::Role,
    dice::Dice,
    names::{CITIES, COMPANIES, FIRST, LAST, STREETS},
    services::{Tells, Value},
    truth::{ClientLine, Expected},
};
use crate::{
    SeedError, insert,
    load::Cents,
    schema::Variant,
    secret::{LOGINS, md5_login},
};

#[derive(Debug, Clone, Copy)]
pub struct Currency {
    pub id: u32,
    pub code: &'static str,
    /// Percent of a euro.
    pub rate: u32,
}

pub const CURRENCIES: [Currency; 3] = [
    Currency { id: 1, code: "EUR", rate: 100 },
    Currency { id: 2, code: "USD", rate: 110 },
    Currency { id: 3, code: "GBP", rate: 85 },
];

#[derive(Debug, Clone)]
pub struct Client {
    pub id: u32,
    pub uuid: String,
    pub first: String,
    pub last: String,
    pub company: String,
    pub email: String,
    /// Where its servers' names end.
    pub domain: String,
    pub city: String,
    pub postcode: String,
    pub state: &'static str,
    pub country: String,
    pub phone: String,
    /// Percent.
    pub tax: i64,
    pub currency: Currency,
    pub credit: Cents,
    pub status: &'static str,
    pub created: Option<NaiveDate>,
    pub password: &'static str,
    pub hash: String,
    pub scheme: &'static str,
    /// The user who owns it; none where nobody does.
    pub owner: Option<u32>,
    /// The owner is a user whom another client has made already.
    pub shared: bool,
    /// The owner's e-mail.
    pub login: String,
    pub damage: Vec<&'static str>,
}

impl Generator {
    pub fn make_client(&mut self, id: u32, dice: &mut Dice) -> Client {
        let (first, last) = (*dice.pick(&FIRST), *dice.pick(&LAST));
        let (city, state, country, dial, tax) = *dice.pick(&CITIES);
        let (password, hash) = *dice.pick(&LOGINS);
        let domain = format!("{}{id}.example", last.to_ascii_lowercase());
        let company = if dice.percent(40) { format!("{last} {}", dice.pick(&COMPANIES)) } else { String::new() };
        let random: [u8; 16] = dice.bytes();
        let mut client = Client {
            id,
            uuid: u128::from_be_bytes(random).to_string(),
            email: format!("{}.{}@{domain}", first.to_ascii_lowercase(), last.to_ascii_lowercase()),
            first: first.to_owned(),
            last: last.to_owned(),
            company,
            domain,
            city: city.to_owned(),
            postcode: format!("{:05}", dice.below(100_000)),
            state,
            country: country.to_owned(),
            phone: format!("+{dial}.{}", 100_000_000 + dice.below(800_000_000)),
            tax,
            currency: CURRENCIES[dice.among(&[(70, 0), (18, 1), (12, 2)])],
            credit: if dice.percent(8) { Cents(dice.between(100, 9000)) } else { Cents(0) },
            status: dice.among(&[(92, "Active"), (6, "Inactive"), (2, "Closed")]),
            created: Some(self.today - Days::new(u64::from(40 + dice.below(3000)))),
            password,
            hash: hash.to_owned(),
            scheme: "bcrypt",
            owner: Some(self.ids.user()),
            shared: false,
            login: String::new(),
            damage: Vec::new(),
        };
        if id == 1 {
            known(&mut client);
        } else if dice.percent(6) {
            client.scheme = "md5";
            client.hash = md5_login(password, &dice.word(5));
        }
        client.login.clone_from(&client.email);
        if id > 2 && dice.percent(2) {
            self.log_in_as_the_last(&mut client);
        }
        client
    }

    /// One user may own several clients.
    pub fn log_in_as_the_last(&self, client: &mut Client) {
        let Some(last) = self.last_login.as_ref().filter(|_| self.variant == Variant::V8) else { return };
        client.owner = Some(last.user);
        client.shared = true;
        client.login.clone_from(&last.email);
        client.password = last.password;
        client.scheme = last.scheme;
    }

    pub fn write_client(&mut self, client: &Client, dice: &mut Dice) -> Result<(), SeedError> {
        let split = self.variant == Variant::V8;
        let created = client.created.and_then(|day| day.and_hms_opt(9, 30, 0));
        // Since users are apart, what stands here is what it was on that day.
        let stale = LOGINS[client.id as usize % LOGINS.len()].1;
        insert!(
            self.sink,
            tblclients {
                id: client.id,
                uuid: &client.uuid,
                firstname: &client.first,
                lastname: &client.last,
                companyname: &client.company,
                email: &client.email,
                address1: *dice.pick(&STREETS),
                city: &client.city,
                state: client.state,
                postcode: &client.postcode,
                country: &client.country,
                phonenumber: &client.phone,
                tax_id: "",
                password: if split { stale } else { client.hash.as_str() },
                currency: client.currency.id,
                defaultgateway: "stripe",
                credit: client.credit,
                taxexempt: false,
                datecreated: client.created,
                groupid: u32::from(dice.percent(5)),
                status: client.status,
                ip: "192.0.2.77",
                language: "english",
                email_verified: true,
                allow_sso: true,
                created_at: created,
                updated_at: created,
            }
        );
        if let Some(owner) = client.owner {
            if !client.shared {
                insert!(
                    self.sink,
                    tblusers {
                        id: owner,
                        first_name: &client.first,
                        last_name: &client.last,
                        email: &client.email,
                        password: &client.hash,
                        language: "english",
                        second_factor: if dice.percent(2) { "totp" } else { "" },
                        last_login: created,
                        email_verified_at: created,
                        created_at: created,
                        updated_at: created,
                    }
                );
                self.last_login = Some(LastLogin {
                    user: owner,
                    email: client.email.clone(),
                    password: client.password,
                    scheme: client.scheme,
                });
            }
            let link = self.ids.membership();
            insert!(
                self.sink,
                tblusers_clients {
                    id: link,
                    auth_user_id: owner,
                    client_id: client.id,
                    owner: true,
                    created_at: created,
                    updated_at: created,
                }
            );
        }
        if dice.percent(5) {
            self.write_member(client, dice);
        }
        if dice.percent(10) {
            self.write_contact(client, dice);
        }
        self.write_client_fields(client, dice)?;
        self.truth.write(&ClientLine {
            table: "tblclients",
            id: client.id,
            email: &client.email,
            login: &client.login,
            password: (client.scheme != "none" && (client.owner.is_some() || !split)).then_some(client.password),
            scheme: client.scheme,
            credit: client.credit.to_string(),
            damage: &client.damage,
        })
    }

    /// Somebody else who may act for the client.
    fn write_member(&mut self, client: &Client, dice: &mut Dice) {
        let (user, link) = (self.ids.user(), self.ids.membership());
        let (first, (_, hash)) = (*dice.pick(&FIRST), *dice.pick(&LOGINS));
        insert!(
            self.sink,
            tblusers {
                id: user,
                first_name: first,
                last_name: "Member",
                email: &format!("member{user}@{}", client.domain),
                password: hash,
                language: "english",
            }
        );
        insert!(
            self.sink,
            tblusers_clients {
                id: link,
                auth_user_id: user,
                client_id: client.id,
                owner: false,
                permissions: "products,invoices,tickets",
            }
        );
    }

    fn write_contact(&mut self, client: &Client, dice: &mut Dice) {
        let id = self.ids.contact();
        let first = if self.messy && dice.percent(20) { "JÃ¼rgen" } else { *dice.pick(&FIRST) };
        let logs_in = dice.percent(40);
        // On the way to 8.0 these logins became users.
        let hash = if logs_in && self.variant == Variant::V7 { dice.pick(&LOGINS).1 } else { "" };
        insert!(
            self.sink,
            tblcontacts {
                id: id,
                userid: client.id,
                firstname: first,
                lastname: &client.last,
                companyname: &client.company,
                email: &format!("contact{id}@{}", client.domain),
                city: &client.city,
                postcode: &client.postcode,
                country: &client.country,
                phonenumber: &client.phone,
                subaccount: logs_in,
                password: hash,
                permissions: if logs_in { "profile,contacts,products" } else { "" },
                generalemails: true,
                invoiceemails: true,
            }
        );
    }

    fn write_client_fields(&mut self, client: &Client, dice: &mut Dice) -> Result<(), SeedError> {
        if !dice.percent(50) {
            return Ok(());
        }
        let fields: Vec<(u32, &str, Vec<&str>)> =
            self.catalogue.owned("client").map(|f| (f.id, f.kind, f.entries.clone())).collect();
        for (field, kind, entries) in fields {
            let text = match kind {
                "tickbox" => if dice.percent(50) { "on" } else { "" }.to_owned(),
                "link" => format!("https://{}/", client.domain),
                "dropdown" => (*dice.pick(&entries)).to_owned(),
                _ => format!("{}{}", &client.country, 100_000 + dice.below(900_000)),
            };
            self.write_person_value(field, client.id, text, "client")?;
        }
        Ok(())
    }

    /// The value of a field that is not a product's.
    pub fn write_person_value(
        &mut self,
        field: u32,
        relid: u32,
        text: String,
        owner: &'static str,
    ) -> Result<(), SeedError> {
        let role = if owner == "client" { Role::Keep } else { Role::Other };
        let value = Value { id: self.ids.value(), field, relid, text, tells: Tells::Fact, role, owner };
        self.write_value(&value)
    }
}

/// The first client is the one that a demo logs in as.
fn known(client: &mut Client) {
    "Grace".clone_into(&mut client.first);
    "Baker".clone_into(&mut client.last);
    "Baker Bread Works".clone_into(&mut client.company);
    super::KNOWN_LOGIN.0.clone_into(&mut client.email);
    "baker.example".clone_into(&mut client.domain);
    client.currency = CURRENCIES[0];
    client.status = "Active";
    client.password = super::KNOWN_LOGIN.1;
    LOGINS[0].1.clone_into(&mut client.hash);
}

impl Value {
    /// What becomes of the row.
    pub fn expected(&self) -> Expected {
        match self.tells {
            Tells::Broken(expected) => expected,
            Tells::Astray => Expected::Finding,
            Tells::Fact if self.text.is_empty() || !self.role.has_a_place() => Expected::Ignored,
            Tells::Fact => Expected::Mapped,
        }
    }
}
