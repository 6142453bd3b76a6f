//! People: what a client, its users and its contacts become, and who may act for whom.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use super::{NO_CURRENCY, Transform};
use crate::{
    carried::{Account, Contact, CustomValue, Legacy, LegacyId, Membership, PasswordHash, Role, User},
    outcome::{Fate, Outcome},
    text::{Country, Text, WhmcsDate, country, date, email, moment, password, tidy},
    whmcs::{ClientBundle, ClientRow, ContactRow, FieldScope, UserRow},
};

const CLIENTS: &str = "tblclients";
const USERS: &str = "tblusers";
const CONTACTS: &str = "tblcontacts";
/// The longest name of an account or a user.
const NAME: usize = 100;

/// Who has a login already, in the course of a run: one e-mail is one login (trap 5). Users come before clients.
#[derive(Debug, Default)]
pub struct People {
    /// E-mail → who has it. Its hash: a million of them have to fit.
    logins: HashMap<u64, Holder>,
    /// Rows that share another row's login.
    shares: HashMap<Legacy, Legacy>,
    /// Rows without a login.
    without: HashSet<Legacy>,
}

/// Whose login an e-mail is, if anybody's, and whether a client has it, in eight bytes: the row's id, then its table, then
/// the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Holder(i64);

impl Holder {
    const TABLES: [&'static str; 3] = [USERS, CLIENTS, CONTACTS];

    fn login(self) -> Option<Legacy> {
        let table = usize::try_from(self.0 >> 1 & 3).ok()?.checked_sub(1)?;
        Self::TABLES.get(table).map(|table| Legacy { table, id: self.0 >> 3 })
    }

    fn with_login(self, row: Legacy) -> Self {
        let table =
            Self::TABLES.iter().zip(1..).find(|(table, _)| **table == row.table).map_or(0, |(_, number)| number);
        Self(row.id << 3 | table << 1 | self.0 & 1)
    }
}

/// All that one client becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub account: Account,
    /// Before 8.0 only: since then they come from `tblusers`.
    pub users: Vec<User>,
    pub memberships: Vec<Membership>,
    pub contacts: Vec<Contact>,
    pub outcomes: Vec<Outcome>,
}

impl People {
    /// Whether the row may have this e-mail as its login; if not, it shares the one that has it.
    fn claim(&mut self, email: &str, row: Legacy) -> bool {
        let holder = self.logins.entry(hash(email)).or_default();
        match holder.login() {
            None => *holder = holder.with_login(row),
            Some(taken) if taken == row => {}
            Some(taken) => {
                self.shares.insert(row, taken);
                return false;
            }
        }
        true
    }

    /// Notes that a client has this e-mail; answers whether it is the first one.
    fn is_first_client(&mut self, email: &str) -> bool {
        let holder = self.logins.entry(hash(email)).or_default();
        let is_first = holder.0 & 1 == 0;
        holder.0 |= 1;
        is_first
    }

    /// The login that the row's person has.
    fn login(&self, row: Legacy) -> Option<Legacy> {
        (!self.without.contains(&row)).then(|| self.shares.get(&row).copied().unwrap_or(row))
    }
}

fn hash(email: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    email.hash(&mut hasher);
    hasher.finish()
}

/// A login as some table has it.
struct Login<'a> {
    row: Legacy,
    email: &'a str,
    name: String,
    password: &'a str,
    created_at: Option<&'a str>,
    seen_at: Option<&'a str>,
    had_second_factor: bool,
}

impl Transform<'_> {
    /// A row of `tblusers`, since 8.0.
    pub fn user(&self, row: &UserRow, people: &mut People) -> (Option<User>, Vec<Outcome>) {
        let login = Login {
            row: Legacy { table: USERS, id: row.id },
            email: &row.email,
            name: self.person(&row.first_name, &row.last_name),
            password: &row.password,
            created_at: row.created_at.as_deref(),
            seen_at: row.last_login.as_deref(),
            had_second_factor: !row.second_factor.trim().is_empty(),
        };
        let (user, outcome) = give_login(login, people);
        (user, vec![outcome])
    }

    /// A row of `tblclients`. `has_users`: there is a table `tblusers`, which logins come from.
    pub fn client(&self, bundle: &ClientBundle, has_users: bool, people: &mut People) -> Client {
        let row = &bundle.row;
        let legacy = Legacy { table: CLIENTS, id: row.id };
        let mut notes: Vec<(&'static str, String)> = Vec::new();
        let mut outcomes = Vec::new();
        let mut account = self.account(row, &mut notes);
        account.fields = self.client_fields(bundle, &mut outcomes);
        let (mut users, mut memberships) = (Vec::new(), Vec::new());
        let address = email(&row.email);
        if let Some(address) = &address
            && !people.is_first_client(address)
        {
            notes.push(("email-shared", format!("another client has the e-mail `{}` too", tidy(&row.email))));
        }
        if has_users {
            members(bundle, people, &mut memberships, &mut notes);
        } else {
            let login = Login {
                row: legacy,
                email: &row.email,
                name: self.person(&row.firstname, &row.lastname),
                password: &row.password,
                created_at: row.created_at.as_deref().or(row.datecreated.as_deref()),
                seen_at: row.lastlogin.as_deref(),
                had_second_factor: false,
            };
            let (user, outcome) = give_login(login, people);
            if outcome.outcome > Fate::Mapped && outcome.code != "email-shared" {
                notes.push((outcome.code, outcome.reason));
            }
            users.extend(user);
            let login = people.login(legacy);
            memberships.extend(login.map(|user| Membership { account: row.id, user, role: Role::Owner }));
        }
        let mut contacts = Vec::new();
        for contact in &bundle.contacts {
            contacts.push(self.contact(contact));
            let legacy = Legacy { table: CONTACTS, id: contact.id };
            if has_users || !contact.subaccount || contact.password.is_empty() {
                outcomes.push(Outcome::new(legacy, Fate::Mapped, "mapped", "carried over"));
                continue;
            }
            let login = Login {
                row: legacy,
                email: &contact.email,
                name: self.person(&contact.firstname, &contact.lastname),
                password: &contact.password,
                created_at: contact.created_at.as_deref(),
                seen_at: None,
                had_second_factor: false,
            };
            let (user, outcome) = give_login(login, people);
            users.extend(user);
            outcomes.push(outcome);
            let known = people.login(legacy).filter(|user| memberships.iter().all(|member| member.user != *user));
            memberships.extend(known.map(|user| Membership { account: row.id, user, role: Role::Member }));
        }
        outcomes.push(told(legacy, notes));
        Client { account, users, memberships, contacts, outcomes }
    }

    fn account(&self, row: &ClientRow, notes: &mut Vec<(&'static str, String)>) -> Account {
        let mut text = |raw: &str| {
            let Text { text, proposal } = self.mapping.text.read(raw);
            if let Some(meant) = proposal {
                notes.push((
                    "text-damaged",
                    format!("`{text}` was probably `{meant}`: set `mojibake: fix` to put it right"),
                ));
            }
            text
        };
        let (company, first_name, last_name) = (text(&row.companyname), text(&row.firstname), text(&row.lastname));
        let (address1, address2, city, state) =
            (text(&row.address1), text(&row.address2), text(&row.city), text(&row.state));
        let person = format!("{first_name} {last_name}");
        let name = [company.as_str(), person.trim()].into_iter().find(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("Client {}", row.id), |name| name.chars().take(NAME).collect());
        let raw_country = text(&row.country);
        let country = match country(&raw_country) {
            Country::Known(code) => code.to_owned(),
            Country::Empty => String::new(),
            Country::Unknown => {
                notes.push(("country-unknown", format!("`{raw_country}` is no country that is known, and is kept")));
                raw_country
            }
        };
        let currency = self.currency_code(row.currency).map(str::to_owned);
        if currency.is_none() {
            notes.push(("currency-unknown", format!("its currency {} does not exist", row.currency)));
        }
        let created_on = match date(row.datecreated.as_deref()) {
            WhmcsDate::Invalid => {
                let text = row.datecreated.as_deref().unwrap_or_default();
                notes.push(("date-invalid", format!("datecreated `{text}` is no date")));
                None
            }
            day => day.ok(),
        };
        let group = self.catalogue.client_groups.get(&row.groupid).map(|name| self.mapping.text.plain(name));
        let plain = |raw: &str| self.mapping.text.plain(raw);
        Account {
            id: row.id,
            name,
            company,
            first_name,
            last_name,
            email: plain(&row.email),
            phone: plain(&row.phonenumber),
            address1,
            address2,
            city,
            state,
            postcode: plain(&row.postcode),
            country,
            tax_id: row.tax_id.as_deref().map(plain).unwrap_or_default(),
            currency: currency.unwrap_or_else(|| NO_CURRENCY.to_owned()),
            credit: row.credit,
            status: row.status.trim().to_owned(),
            group,
            created_on,
            notes: self.mapping.text.lines(&row.notes),
            fields: Vec::new(),
        }
    }

    fn client_fields(&self, bundle: &ClientBundle, outcomes: &mut Vec<Outcome>) -> Vec<CustomValue> {
        let mut kept = Vec::new();
        for value in &bundle.values {
            let legacy = Legacy { table: super::values::TABLE, id: value.id };
            let field = self.catalogue.fields.get(&value.fieldid).filter(|field| field.scope == FieldScope::Client);
            let Some(field) = field else {
                let reason = format!("field {} is no field of clients", value.fieldid);
                outcomes.push(Outcome::new(legacy, Fate::Finding, "field-missing", reason));
                continue;
            };
            let name = self.mapping.text.plain(&field.name);
            let name = crate::value::halves(&name).1;
            if value.value.trim().is_empty() {
                outcomes.push(Outcome::new(legacy, Fate::Ignored, "empty", format!("{name}: empty")));
            } else if field.kind.trim().eq_ignore_ascii_case("password") {
                let reason = format!("{name}: passwords are left behind");
                outcomes.push(Outcome::new(legacy, Fate::Ignored, "secret", reason));
            } else {
                outcomes.push(Outcome::new(legacy, Fate::Mapped, "mapped", format!("{name}: kept as text")));
                kept.push(CustomValue { name, value: self.mapping.text.lines(&value.value) });
            }
        }
        kept
    }

    fn contact(&self, row: &ContactRow) -> Contact {
        let plain = |raw: &str| self.mapping.text.plain(raw);
        let raw_country = plain(&row.country);
        let country = match country(&raw_country) {
            Country::Known(code) => code.to_owned(),
            Country::Empty | Country::Unknown => raw_country,
        };
        Contact {
            id: row.id,
            account: row.userid,
            first_name: plain(&row.firstname),
            last_name: plain(&row.lastname),
            company: plain(&row.companyname),
            email: plain(&row.email),
            phone: plain(&row.phonenumber),
            address1: plain(&row.address1),
            address2: plain(&row.address2),
            city: plain(&row.city),
            state: plain(&row.state),
            postcode: plain(&row.postcode),
            country,
        }
    }

    fn person(&self, first: &str, last: &str) -> String {
        let (first, last) = (self.mapping.text.plain(first), self.mapping.text.plain(last));
        format!("{first} {last}").trim().chars().take(NAME).collect()
    }
}

fn give_login(login: Login<'_>, people: &mut People) -> (Option<User>, Outcome) {
    let row = login.row;
    let Some(address) = email(login.email) else {
        people.without.insert(row);
        let reason = format!("`{}` is no e-mail address, so there is no login", tidy(login.email));
        return (None, Outcome::new(row, Fate::Finding, "email-invalid", reason));
    };
    if !people.claim(&address, row) {
        let other = people.login(row);
        let reason = format!(
            "`{address}` is the login of {} already: it is one login, with that one's password",
            other.map_or("another row".to_owned(), |other| format!("{} {}", other.table, other.id))
        );
        return (None, Outcome::new(row, Fate::Finding, "email-shared", reason));
    }
    let password = password(login.password);
    let mut notes = Vec::new();
    if password == PasswordHash::None {
        let why =
            if login.password.is_empty() { "there is no password" } else { "the password's hash is of no known kind" };
        notes.push(("password-reset", format!("{why}: staff issues a link that sets a new one")));
    }
    if login.had_second_factor {
        notes.push(("second-factor", "its second factor has to be set up again".to_owned()));
    }
    let user = User {
        legacy: row,
        name: if login.name.is_empty() { address.chars().take(NAME).collect() } else { login.name },
        email: address,
        password,
        created_at: moment(login.created_at).ok(),
        last_login: moment(login.seen_at).ok(),
        had_second_factor: login.had_second_factor,
    };
    (Some(user), told(row, notes))
}

fn members(
    bundle: &ClientBundle,
    people: &People,
    memberships: &mut Vec<Membership>,
    notes: &mut Vec<(&'static str, String)>,
) {
    for member in &bundle.memberships {
        let Some(user) = people.login(Legacy { table: USERS, id: member.auth_user_id }) else {
            notes.push(("member-without-login", format!("its user {} has no login", member.auth_user_id)));
            continue;
        };
        let role = if member.owner { Role::Owner } else { Role::Member };
        match memberships.iter_mut().find(|known| known.user == user) {
            Some(known) if member.owner => known.role = role,
            Some(_) => {}
            None => memberships.push(Membership { account: bundle.row.id, user, role }),
        }
    }
    if bundle.memberships.is_empty() {
        notes.push(("no-login", "nobody can log in for it".to_owned()));
    } else if memberships.iter().all(|member| member.role != Role::Owner) {
        notes.push(("no-owner", "none of its users is its owner: staff names one".to_owned()));
    }
}

/// One outcome of a row with all that is to be said of it; the first is the one that its code tells.
fn told(legacy: Legacy, notes: Vec<(&'static str, String)>) -> Outcome {
    match notes.first() {
        None => Outcome::new(legacy, Fate::Mapped, "mapped", "carried over"),
        Some((code, _)) => {
            let code = *code;
            let reasons: Vec<String> = notes.into_iter().map(|(_, reason)| reason).collect();
            Outcome::new(legacy, Fate::Finding, code, reasons.join("; "))
        }
    }
}

/// The id of a row that is there at all.
pub fn some_id(id: LegacyId) -> Option<LegacyId> {
    (id > 0).then_some(id)
}
