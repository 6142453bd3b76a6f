//! Taking a run back: what it made goes, unless somebody has worked with it since. Machines are given back first, by their
//! servers: the operator makes of each what it was before it was adopted.

use std::collections::BTreeMap;

use slipway_api::environment::Env;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::TargetError;
use super::delta::Table;
use super::give_back::give_back;
use super::later::{later_runs, sealing_run};
use super::run::{self, RunRow};

/// What went, what stays, and what is on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    pub removed: BTreeMap<&'static str, u64>,
    pub kept: Vec<String>,
    /// Objects of the catalogue that the run let make: they are in Kubernetes, where others may use them.
    pub in_kubernetes: Vec<String>,
    /// Servers that still have their machines.
    pub giving_back: u64,
}

/// Removes what can go now. While servers give their machines back, nothing else is removed: ask again. Refuses while
/// later runs hang on this one. A dry run tells how it ends once all machines are given back.
pub async fn rollback(pool: &PgPool, env: &Env, run: &RunRow, dry_run: bool) -> Result<Removed, TargetError> {
    let mut transaction = pool.begin().await?;
    run::alone(&mut transaction).await?;
    if let Some((seal, at)) = sealing_run(&mut transaction, run).await? {
        return Err(TargetError::Sealed { source_name: run.source.clone(), run: seal, at });
    }
    let later = later_runs(&mut transaction, run).await?;
    if !later.is_empty() {
        return Err(TargetError::LaterRuns { run: run.id, later });
    }
    hold_dispatch(&mut transaction, run.id).await?;
    let mut removed = Removed { giving_back: give_back(&mut transaction, env, run.id).await?, ..Removed::default() };
    if removed.giving_back == 0 || dry_run {
        remove(&mut transaction, run.id, &mut removed).await?;
    }
    if dry_run {
        transaction.rollback().await?;
        return Ok(removed);
    }
    if removed.giving_back == 0 {
        let status = "update migration_runs set status = 'rolled_back', sealed_at = null where id = $1";
        sqlx::query(status).bind(run.id).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(removed)
}

/// A dispatcher locks a server's mark and then its row; whoever takes the rows first would wait for it in a circle.
async fn hold_dispatch(connection: &mut PgConnection, run: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query(
        "select from dirty_servers d join migration_records m on m.id = d.server_id
         where m.run_id = $1 and m.kind = 'server' order by d.server_id for update of d",
    )
    .bind(run)
    .execute(connection)
    .await?;
    Ok(())
}

/// None of its servers has its machine any more.
async fn remove(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    remove_servers(connection, run, removed).await?;
    for table in Table::ALL {
        // The names are those of the enum.
        let statement = format!("delete from {} where run_id = $1", table.name());
        let gone = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(run).execute(&mut *connection).await?;
        count(removed, table.name(), gone.rows_affected());
    }
    let currencies = sqlx::query!("delete from currencies where run_id = $1", run).execute(&mut *connection).await?;
    count(removed, "currencies", currencies.rows_affected());
    let audit = sqlx::query!("delete from audit where request_id = 'migration-' || $1::uuid::text", run);
    count(removed, "audit", audit.execute(&mut *connection).await?.rows_affected());
    remove_wishes(connection, run, removed).await?;
    remove_accounts(connection, run, removed).await?;
    remove_memberships(connection, run, removed).await?;
    remove_users(connection, run, removed).await?;
    sqlx::query!(
        "delete from migration_records m where m.run_id = $1
             and not exists (select from accounts a where a.id = m.id and m.kind = 'account')
             and not exists (select from users u where u.id = m.id and m.kind = 'user')
             and not exists (select from servers s where s.id = m.id and m.kind = 'server')",
        run
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn remove_servers(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    let specs: Vec<Uuid> = sqlx::query_scalar!(
        r#"select p.id from server_specs p
           join server_revisions r on p.id in (r.owned_spec_id, r.effective_spec_id)
           join migration_records m on m.id = r.server_id where m.run_id = $1 and m.kind = 'server'"#,
        run
    )
    .fetch_all(&mut *connection)
    .await?;
    let servers = sqlx::query!(
        "delete from servers s using migration_records m where m.id = s.id and m.run_id = $1 and m.kind = 'server'",
        run
    );
    count(removed, "servers", servers.execute(&mut *connection).await?.rows_affected());
    sqlx::query!("delete from server_specs where id = any($1)", &specs).execute(&mut *connection).await?;
    Ok(())
}

/// What the dispatcher has not made yet is not made; what it has is told, for nobody but its owner removes it.
async fn remove_wishes(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    let wishes = sqlx::query!(
        r#"delete from catalogue_wishes where run_id = $1 returning kind, name, applied_at is not null as "applied!""#,
        run
    );
    let wishes = wishes.fetch_all(&mut *connection).await?;
    count(removed, "catalogue wishes", wishes.len() as u64);
    let applied = wishes.into_iter().filter(|wish| wish.applied);
    removed.in_kubernetes = applied.map(|wish| format!("{} {}", wish.kind, wish.name)).collect();
    removed.in_kubernetes.sort();
    Ok(())
}

/// An account stays while something is in it that the run did not make, or its namespace is in Kubernetes.
async fn remove_accounts(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    let accounts = sqlx::query!(
        r#"select a.id, a.name, exists (select from servers s where s.account_id = a.id) as "servers!",
                  exists (select from services t where t.account_id = a.id)
                  or exists (select from service_addons t where t.account_id = a.id)
                  or exists (select from contacts t where t.account_id = a.id)
                  or exists (select from account_notes t where t.account_id = a.id)
                  or exists (select from orders t where t.account_id = a.id)
                  or exists (select from invoices t where t.account_id = a.id)
                  or exists (select from transactions t where t.account_id = a.id)
                  or exists (select from credits t where t.account_id = a.id)
                  or exists (select from tickets t where t.account_id = a.id) as "history!",
                  exists (select from account_namespaces n where n.account_id = a.id) as "namespace!"
           from accounts a join migration_records m on m.id = a.id
           where m.run_id = $1 and m.kind = 'account' order by a.name, a.id"#,
        run
    );
    let mut going = Vec::new();
    for account in accounts.fetch_all(&mut *connection).await? {
        let why = match (account.servers, account.history, account.namespace) {
            (true, ..) => "has servers that the run did not make",
            (_, true, _) => "an earlier run's rows belong to it since",
            (.., true) => "its namespace is still in Kubernetes",
            _ => {
                going.push(account.id);
                continue;
            }
        };
        removed.kept.push(format!("account `{}`: {why}", account.name));
    }
    sqlx::query!("update audit set account_id = null where account_id = any($1)", &going)
        .execute(&mut *connection)
        .await?;
    let gone = sqlx::query!("delete from accounts where id = any($1)", &going).execute(connection).await?;
    count(removed, "accounts", gone.rows_affected());
    Ok(())
}

/// Those that the run made, in accounts of other runs. Where its own account stays for the servers in it, so do its people.
async fn remove_memberships(
    connection: &mut PgConnection,
    run: Uuid,
    removed: &mut Removed,
) -> Result<(), sqlx::Error> {
    let gone = sqlx::query!(
        "delete from memberships x using migration_records m, migration_records a, migration_records u, migration_runs r
         where m.run_id = $1 and m.kind = 'membership' and r.id = m.run_id and x.created_at >= r.started_at
             and a.id = x.account_id and a.kind = 'account' and a.source = m.source and a.legacy_id = m.legacy_id >> 32
             and u.id = x.user_id and u.kind = 'user' and u.source = m.source and u.legacy_table = m.legacy_table
             and (u.legacy_id & 4294967295) = (m.legacy_id & 4294967295)
             and not (a.run_id = $1 and exists (select from servers s where s.account_id = a.id))",
        run
    );
    count(removed, "memberships", gone.execute(connection).await?.rows_affected());
    Ok(())
}

/// Who has done something here since stays, for the record of it names them; so does who somebody has made more than the
/// run did.
async fn remove_users(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    let users = sqlx::query!(
        r#"select u.id, u.email, u.staff,
                  (select a.name from memberships x join accounts a on a.id = x.account_id where x.user_id = u.id
                   order by a.name limit 1) as account,
                  exists (select from audit a where a.actor_id = u.id)
                  or exists (select from operations o where o.requested_by = u.id)
                  or exists (select from server_revisions r where r.author_id = u.id)
                  or exists (select from site_acknowledgements k where k.requested_by = u.id) as "has_acted!"
           from users u join migration_records m on m.id = u.id
           where m.run_id = $1 and m.kind = 'user' order by u.email"#,
        run
    );
    let mut going = Vec::new();
    for user in users.fetch_all(&mut *connection).await? {
        let why = match user.account {
            _ if user.staff => "is staff since".to_owned(),
            Some(account) => format!("belongs to account `{account}`, which stays"),
            None if user.has_acted => "has done something in Slipway since".to_owned(),
            None => {
                going.push(user.id);
                continue;
            }
        };
        removed.kept.push(format!("user {}: {why}", user.email));
    }
    let gone = sqlx::query!("delete from users where id = any($1)", &going).execute(connection).await?;
    count(removed, "users", gone.rows_affected());
    Ok(())
}

fn count(removed: &mut Removed, kind: &'static str, rows: u64) {
    if rows > 0 {
        *removed.removed.entry(kind).or_default() += rows;
    }
}
