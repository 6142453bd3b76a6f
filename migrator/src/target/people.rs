//! Accounts, with profiles and contacts, and who may log in for them. Staff and people change accounts, users and
//! memberships too: what they changed since the last run is left as it is.

use std::collections::{HashMap, HashSet};

use slipway_api::account::store::slug_and_namespace;
use slipway_api::id::AccountId;
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

use super::batch::{Batch, Written};
use super::delta::{Hash, Table, delta, hash};
use super::password::at_rest;
use super::records::{self, Candidate, Entry, Kind, Verdict};
use crate::carried::{Account, Contact, Legacy, Membership, Role, User};
use crate::outcome::{Fate, Outcome};

const fn client(id: i64) -> Legacy {
    Legacy { table: "tblclients", id }
}

pub async fn accounts(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    accounts: &[Account],
) -> Result<Written, sqlx::Error> {
    let with_ids = accounts.iter().map(|account| (batch.ids.account(account.id), account));
    let sifted = records::sift(connection, with_ids, |_, account| hash(account)).await?;
    let mut written = Written { tally: sifted.tally(), outcomes: vec![] };
    let candidates = sifted.candidates;
    if candidates.is_empty() {
        return Ok(written);
    }
    let ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.id).collect();
    let names: HashMap<Uuid, String> = sqlx::query!("select id, name from accounts where id = any($1)", &ids)
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let (mut changes, mut renamed) = (Vec::new(), Vec::new());
    for candidate in candidates {
        let Candidate { id, source, record: account, .. } = candidate;
        let target = names.get(&id).map(hash);
        match candidate.judge(target.as_ref(), &hash(&account.name)) {
            Verdict::New => {
                written.tally.created += 1;
                changes.push((id, source, account));
            }
            Verdict::Change => {
                written.tally.changed += 1;
                renamed.push((id, account.name.as_str()));
                changes.push((id, source, account));
            }
            Verdict::Conflict => {
                written.tally.conflicts += 1;
                let reason = if target.is_some() {
                    "its account was renamed in Slipway since the last run, and the client changed in WHMCS too: change \
                     by hand what should hold"
                } else {
                    "its account was removed in Slipway since the last run; it is not made again"
                };
                written.outcomes.push(Outcome::new(client(account.id), Fate::Conflict, "target-changed", reason));
            }
        }
    }
    if batch.write && !changes.is_empty() {
        insert_accounts(connection, batch, &changes).await?;
        rename(connection, &renamed).await?;
        write_profiles(connection, batch, &changes).await?;
        let entry = |(id, source, account): &(Uuid, Hash, &Account)| Entry {
            id: *id,
            legacy: client(account.id),
            source: *source,
            target: hash(&account.name),
        };
        records::write(connection, batch, Kind::Account, &changes.iter().map(entry).collect::<Vec<_>>()).await?;
    }
    Ok(written)
}

async fn insert_accounts(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    accounts: &[(Uuid, Hash, &Account)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = accounts.iter().map(|(id, ..)| *id).collect();
    let names: Vec<&str> = accounts.iter().map(|(_, _, account)| account.name.as_str()).collect();
    let spelled = |(id, name): (&Uuid, &&str)| slug_and_namespace(AccountId(*id), name);
    let (slugs, namespaces): (Vec<String>, Vec<String>) = ids.iter().zip(&names).map(spelled).unzip();
    sqlx::query!(
        "insert into accounts (id, name, slug, namespace, created_at)
         select *, $5 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
         on conflict (id) do nothing",
        &ids,
        &names as &[&str],
        &slugs,
        &namespaces,
        batch.now
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn rename(connection: &mut PgConnection, renamed: &[(Uuid, &str)]) -> Result<(), sqlx::Error> {
    let (ids, names): (Vec<Uuid>, Vec<&str>) = renamed.iter().copied().unzip();
    sqlx::query!(
        "update accounts a set name = r.name from unnest($1::uuid[], $2::text[]) as r (id, name)
         where a.id = r.id and a.name <> r.name",
        &ids,
        &names as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_profiles(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    accounts: &[(Uuid, Hash, &Account)],
) -> Result<(), sqlx::Error> {
    let text = |value: fn(&Account) -> &str| accounts.iter().map(|(_, _, a)| value(a)).collect::<Vec<&str>>();
    let ids: Vec<Uuid> = accounts.iter().map(|(id, ..)| *id).collect();
    let hashes: Vec<Vec<u8>> = accounts.iter().map(|(_, hash, _)| hash.to_vec()).collect();
    let numbers: Vec<i64> = accounts.iter().map(|(_, _, a)| a.id).collect();
    let credits: Vec<_> = accounts.iter().map(|(_, _, a)| a.credit).collect();
    let groups: Vec<Option<&str>> = accounts.iter().map(|(_, _, a)| a.group.as_deref()).collect();
    let since: Vec<_> = accounts.iter().map(|(_, _, a)| a.created_on).collect();
    let fields: Vec<Json<_>> = accounts.iter().map(|(_, _, a)| Json(&a.fields)).collect();
    sqlx::query!(
        "insert into account_profiles (run_id, account_id, source_hash, legacy_id, first_name, last_name, company, email,
             phone, address1, address2, city, state, postcode, country, tax_id, currency, credit, status, client_group,
             customer_since, notes, fields)
         select $1, * from unnest($2::uuid[], $3::bytea[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
             $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
             $17::text[], $18::numeric[], $19::text[], $20::text[], $21::date[], $22::text[], $23::jsonb[])
         on conflict (account_id) do update set source_hash = excluded.source_hash, first_name = excluded.first_name,
             last_name = excluded.last_name, company = excluded.company, email = excluded.email, phone = excluded.phone,
             address1 = excluded.address1, address2 = excluded.address2, city = excluded.city, state = excluded.state,
             postcode = excluded.postcode, country = excluded.country, tax_id = excluded.tax_id,
             currency = excluded.currency, credit = excluded.credit, status = excluded.status,
             client_group = excluded.client_group, customer_since = excluded.customer_since, notes = excluded.notes,
             fields = excluded.fields",
        batch.run,
        &ids,
        &hashes,
        &numbers,
        &text(|a| &a.first_name) as &[&str],
        &text(|a| &a.last_name) as &[&str],
        &text(|a| &a.company) as &[&str],
        &text(|a| &a.email) as &[&str],
        &text(|a| &a.phone) as &[&str],
        &text(|a| &a.address1) as &[&str],
        &text(|a| &a.address2) as &[&str],
        &text(|a| &a.city) as &[&str],
        &text(|a| &a.state) as &[&str],
        &text(|a| &a.postcode) as &[&str],
        &text(|a| &a.country) as &[&str],
        &text(|a| &a.tax_id) as &[&str],
        &text(|a| &a.currency) as &[&str],
        &credits,
        &text(|a| &a.status) as &[&str],
        &groups as &[Option<&str>],
        &since as &[Option<chrono::NaiveDate>],
        &text(|a| &a.notes) as &[&str],
        &fields as &[Json<&Vec<crate::carried::CustomValue>>]
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Logins of the source that were not carried over, because their e-mail is somebody else's here.
pub type Refused = HashSet<Legacy>;

/// What a user's row says; the password is compared by itself, for a login replaces its hash.
#[derive(Debug)]
struct UserNow {
    id: Uuid,
    email: String,
    name: String,
    disabled: bool,
    hash: Option<String>,
}

impl UserNow {
    fn target(&self) -> Hash {
        user_target(&self.email, &self.name, self.disabled)
    }
}

fn user_target(email: &str, name: &str, disabled: bool) -> Hash {
    hash(&(email, name, disabled))
}

/// The password is not part of what is serialised, but a new one is a change.
fn user_source(id: Uuid, user: &User) -> Hash {
    let password = match &user.password {
        crate::carried::PasswordHash::Md5 { digest, salt } => format!("{digest}:{salt}"),
        other => at_rest(id, other).unwrap_or_default(),
    };
    hash(&(user, password))
}

pub async fn users(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    users: &[User],
    refused: &mut Refused,
) -> Result<Written, sqlx::Error> {
    let with_ids = users.iter().map(|user| (batch.ids.user(user.legacy), user));
    let sifted = records::sift(connection, with_ids, user_source).await?;
    let mut written = Written { tally: sifted.tally(), outcomes: vec![] };
    let candidates = sifted.candidates;
    if candidates.is_empty() {
        return Ok(written);
    }
    let ids: Vec<Uuid> = candidates.iter().map(|candidate| candidate.id).collect();
    let emails: Vec<&str> = candidates.iter().map(|candidate| candidate.record.email.as_str()).collect();
    let now = sqlx::query_as!(
        UserNow,
        r#"select u.id as "id!", u.email as "email!", u.name as "name!", u.disabled as "disabled!", c.password_hash as "hash?"
           from users u left join credentials c on c.user_id = u.id where u.id = any($1) or u.email = any($2)"#,
        &ids,
        &emails as &[&str]
    )
    .fetch_all(&mut *connection)
    .await?;
    let by_id: HashMap<Uuid, &UserNow> = now.iter().map(|user| (user.id, user)).collect();
    let by_email: HashMap<&str, Uuid> = now.iter().map(|user| (user.email.as_str(), user.id)).collect();
    let mut changes = Vec::new();
    for candidate in candidates {
        let Candidate { id, source, record: user, .. } = candidate;
        if by_email.get(user.email.as_str()).is_some_and(|other| *other != id) {
            refused.insert(user.legacy);
            written.tally.conflicts += 1;
            let reason = "another user of Slipway has this e-mail: staff decides whether it is the same person, and adds the \
                          membership";
            written.outcomes.push(Outcome::new(user.legacy, Fate::Conflict, "email-taken", reason));
            continue;
        }
        let target = by_id.get(&id).map(|now| now.target());
        let wants = user_target(&user.email, &user.name, false);
        match candidate.judge(target.as_ref(), &wants) {
            Verdict::New => {
                written.tally.created += 1;
                changes.push((id, source, user));
            }
            Verdict::Change => {
                written.tally.changed += 1;
                let own = by_id.get(&id).and_then(|now| now.hash.as_deref()).is_some_and(is_own);
                if own && at_rest(id, &user.password).is_some_and(|hash| !is_own(&hash)) {
                    let reason = "this user has logged in to Slipway since: the password that holds there is kept";
                    written.outcomes.push(Outcome::new(user.legacy, Fate::Finding, "password-kept", reason));
                }
                changes.push((id, source, user));
            }
            Verdict::Conflict => {
                written.tally.conflicts += 1;
                let reason = "this user was changed or removed in Slipway since the last run, and changed in WHMCS too: \
                              change by hand what should hold";
                written.outcomes.push(Outcome::new(user.legacy, Fate::Conflict, "target-changed", reason));
            }
        }
    }
    if batch.write && !changes.is_empty() {
        write_users(connection, batch, &changes).await?;
    }
    Ok(written)
}

/// A hash that Slipway made.
fn is_own(hash: &str) -> bool {
    hash.starts_with("$argon2id$")
}

async fn write_users(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    users: &[(Uuid, Hash, &User)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = users.iter().map(|(id, ..)| *id).collect();
    let emails: Vec<&str> = users.iter().map(|(_, _, user)| user.email.as_str()).collect();
    let names: Vec<&str> = users.iter().map(|(_, _, user)| user.name.as_str()).collect();
    let made: Vec<_> = users.iter().map(|(_, _, user)| user.created_at.unwrap_or(batch.now)).collect();
    sqlx::query!(
        "insert into users (id, email, name, staff, created_at)
         select id, email, name, false, made from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
             as u (id, email, name, made)
         on conflict (id) do update set email = excluded.email, name = excluded.name",
        &ids,
        &emails as &[&str],
        &names as &[&str],
        &made
    )
    .execute(&mut *connection)
    .await?;
    let hashes = users.iter().filter_map(|(id, _, user)| Some((*id, at_rest(*id, &user.password)?)));
    let (owners, hashes): (Vec<Uuid>, Vec<String>) = hashes.unzip();
    // A password that was set here holds.
    sqlx::query!(
        "insert into credentials (user_id, password_hash, changed_at)
         select user_id, hash, $3 from unnest($1::uuid[], $2::text[]) as c (user_id, hash)
         on conflict (user_id) do update set password_hash = excluded.password_hash, changed_at = excluded.changed_at
         where credentials.password_hash not like '$argon2id$%'",
        &owners,
        &hashes,
        batch.now
    )
    .execute(&mut *connection)
    .await?;
    let entry = |(id, source, user): &(Uuid, Hash, &User)| Entry {
        id: *id,
        legacy: user.legacy,
        source: *source,
        target: user_target(&user.email, &user.name, false),
    };
    records::write(connection, batch, Kind::User, &users.iter().map(entry).collect::<Vec<_>>()).await
}

/// Who may act for which account. One that staff took away since is not given back.
pub async fn memberships(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    memberships: &[Membership],
    refused: &Refused,
) -> Result<Written, sqlx::Error> {
    let mut wanted: HashMap<Uuid, (&Membership, Uuid)> = HashMap::new();
    for membership in memberships {
        // It was told where the login was refused.
        if refused.contains(&membership.user) {
            continue;
        }
        let user = batch.ids.user(membership.user);
        let id = batch.ids.membership(membership.account, membership.user);
        let held = wanted.entry(id).or_insert((membership, user));
        if membership.role == Role::Owner {
            *held = (membership, user);
        }
    }
    let ids: Vec<Uuid> = wanted.keys().copied().collect();
    let recorded = records::find(connection, &ids).await?;
    let mut written = Written::default();
    let mut changes: Vec<(Uuid, Hash, &Membership, Uuid)> = Vec::new();
    for (id, (membership, user)) in wanted {
        let source = hash(membership);
        match recorded.get(&id) {
            Some(recorded) if recorded.source == source => {
                written.tally.unchanged += 1;
                continue;
            }
            Some(_) => written.tally.changed += 1,
            None => written.tally.created += 1,
        }
        changes.push((id, source, membership, user));
    }
    if !batch.write || changes.is_empty() {
        return Ok(written);
    }
    changes.sort_by_key(|(id, ..)| *id);
    let accounts: Vec<Uuid> = changes.iter().map(|(_, _, m, _)| batch.ids.account(m.account)).collect();
    let users: Vec<Uuid> = changes.iter().map(|(.., user)| *user).collect();
    let roles: Vec<&str> = changes.iter().map(|(_, _, m, _)| role(m.role)).collect();
    sqlx::query!(
        "insert into memberships (account_id, user_id, role, created_at)
         select distinct on (account_id, user_id) account_id, user_id, role, $4
         from unnest($1::uuid[], $2::uuid[], $3::text[]) as m (account_id, user_id, role)
         where exists (select from accounts a where a.id = account_id) and exists (select from users u where u.id = user_id)
         order by account_id, user_id, role desc
         on conflict (account_id, user_id) do update set role = excluded.role",
        &accounts,
        &users,
        &roles as &[&str],
        batch.now
    )
    .execute(&mut *connection)
    .await?;
    let entry = |(id, source, membership, _): &(Uuid, Hash, &Membership, Uuid)| Entry {
        id: *id,
        legacy: Legacy { table: membership.user.table, id: membership_number(membership) },
        source: *source,
        target: hash(role(membership.role)),
    };
    records::write(connection, batch, Kind::Membership, &changes.iter().map(entry).collect::<Vec<_>>()).await?;
    Ok(written)
}

const fn role(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Member => "member",
    }
}

/// A pair in one number: ids of WHMCS are 32 bits wide.
fn membership_number(membership: &Membership) -> i64 {
    (membership.account << 32) | (membership.user.id & 0xffff_ffff)
}

pub async fn contacts(
    connection: &mut PgConnection,
    batch: &Batch<'_>,
    contacts: &[Contact],
) -> Result<Written, sqlx::Error> {
    let delta = delta(connection, Table::Contacts, contacts, |c| batch.ids.of("tblcontacts", c.id)).await?;
    let written = Written { tally: delta.tally(), outcomes: vec![] };
    if !batch.write || delta.changes.is_empty() {
        return Ok(written);
    }
    sqlx::query!(
        "insert into contacts (run_id, id, account_id, source_hash, legacy_id, first_name, last_name, company, email, phone,
             address1, address2, city, state, postcode, country)
         select $1, * from unnest($2::uuid[], $3::uuid[], $4::bytea[], $5::bigint[], $6::text[], $7::text[], $8::text[],
             $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[])
             as c (id, account_id)
         where exists (select from accounts a where a.id = account_id)
         on conflict (id) do update set source_hash = excluded.source_hash, account_id = excluded.account_id,
             first_name = excluded.first_name, last_name = excluded.last_name, company = excluded.company,
             email = excluded.email, phone = excluded.phone, address1 = excluded.address1, address2 = excluded.address2,
             city = excluded.city, state = excluded.state, postcode = excluded.postcode, country = excluded.country",
        batch.run,
        &delta.ids(),
        &delta.column(|c| batch.ids.account(c.account)),
        &delta.hashes(),
        &delta.column(|c| c.id),
        &delta.column(|c| c.first_name.as_str()) as &[&str],
        &delta.column(|c| c.last_name.as_str()) as &[&str],
        &delta.column(|c| c.company.as_str()) as &[&str],
        &delta.column(|c| c.email.as_str()) as &[&str],
        &delta.column(|c| c.phone.as_str()) as &[&str],
        &delta.column(|c| c.address1.as_str()) as &[&str],
        &delta.column(|c| c.address2.as_str()) as &[&str],
        &delta.column(|c| c.city.as_str()) as &[&str],
        &delta.column(|c| c.state.as_str()) as &[&str],
        &delta.column(|c| c.postcode.as_str()) as &[&str],
        &delta.column(|c| c.country.as_str()) as &[&str]
    )
    .execute(connection)
    .await?;
    Ok(written)
}
