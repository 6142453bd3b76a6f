//! Taking a run back: what it made goes, unless somebody has worked with it since. Machines are given back first, by their
//! servers: the operator makes of each what it was before it was adopted.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use slipway_api::environment::Env;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::TargetError;
use super::delta::Table;
use super::run::RunRow;

/// A server and the record that keeps its machine come from two watches: one may be seen to go before the other is seen.
const LAG: TimeDelta = TimeDelta::seconds(10);

/// What went, what stays, and what is on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    pub removed: BTreeMap<&'static str, u64>,
    pub kept: Vec<String>,
    /// Servers that still have their machines.
    pub giving_back: u64,
}

/// Removes what can go now. While servers give their machines back, nothing else is removed: ask again.
pub async fn rollback(pool: &PgPool, env: &Env, run: &RunRow, dry_run: bool) -> Result<Removed, TargetError> {
    let mut transaction = pool.begin().await?;
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

/// Asks each adopted server of the run to give its machine back and to go; answers how many have not yet.
async fn give_back(connection: &mut PgConnection, env: &Env, run: Uuid) -> Result<u64, sqlx::Error> {
    let open = sqlx::query!(
        r#"select s.id, s.revision, s.delete_requested, p.adopt is not null as "adopted!"
           from migration_records m join servers s on s.id = m.id
           left join server_revisions r on r.server_id = s.id and r.number = (
               select max(number) from server_revisions where server_id = s.id and owned_spec_id is not null)
           left join server_specs p on p.id = r.owned_spec_id
           where m.run_id = $1 and m.kind = 'server' and s.phase <> 'Unlinked'
             and (s.absent_at is null or s.retained_since is not null or s.absent_at > $2)
           order by s.id for update of s"#,
        run,
        env.now() - LAG
    )
    .fetch_all(&mut *connection)
    .await?;
    for server in open.iter().filter(|server| !server.delete_requested && server.adopted) {
        ask(connection, env, server.id, server.revision + 1).await?;
    }
    Ok(open.len() as u64)
}

/// A revision that says so, and a delete behind it: in the order in which every other delete goes.
async fn ask(connection: &mut PgConnection, env: &Env, server: Uuid, number: i64) -> Result<(), sqlx::Error> {
    let (spec, now) = (env.uuid(), env.now());
    sqlx::query!(
        "insert into server_specs (id, site, plan, image, hostname, run_policy, access_user, password_secret, network,
             root_disk_gib, cores, memory_mib, disk_gib, deletion_protection, deletion_policy, deletion_grace_hours,
             drift_policy, paused, suspended, node, network_mbps, dns_servers, dns_search_domain, anti_affinity_group, adopt)
         select $2, site, plan, image, hostname, run_policy, access_user, password_secret, network, root_disk_gib, cores,
             memory_mib, disk_gib, true, 'Retain', deletion_grace_hours, drift_policy, paused, suspended, node, network_mbps,
             dns_servers, dns_search_domain, anti_affinity_group, adopt || '{\"giveBack\": true}'
         from server_specs where id = (select owned_spec_id from server_revisions
                                       where server_id = $1 and owned_spec_id is not null order by number desc limit 1)",
        server,
        spec
    )
    .execute(&mut *connection)
    .await?;
    for statement in [
        "insert into server_spec_ssh_keys select $2, position, key from server_spec_ssh_keys where spec_id = (select
             owned_spec_id from server_revisions where server_id = $1 and owned_spec_id is not null order by number desc limit 1)",
        "insert into server_spec_disks select $2, position, name, size_gib, storage_class from server_spec_disks where spec_id =
             (select owned_spec_id from server_revisions where server_id = $1 and owned_spec_id is not null
              order by number desc limit 1)",
        "insert into server_spec_networks select $2, position, name, network, address, address6 from server_spec_networks where
             spec_id = (select owned_spec_id from server_revisions where server_id = $1 and owned_spec_id is not null
                        order by number desc limit 1)",
    ] {
        sqlx::query(statement).bind(server).bind(spec).execute(&mut *connection).await?;
    }
    sqlx::query!(
        "insert into server_revisions (server_id, number, owned_spec_id, origin, created_at) values ($1, $2, $3, 'api', $4)",
        server,
        number,
        spec,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update servers set revision = $2, updated_at = $3, delete_requested = true, phase = 'Deleting',
             deletion_policy = 'Retain' where id = $1",
        server,
        number,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "update operations set status = 'superseded', reason = 'Superseded', updated_at = $2, finished_at = $2,
             message = 'The migration is taken back.'
         where server_id = $1 and status in ('accepted', 'running')",
        server,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into operations (id, server_id, account_id, kind, status, revision, request_id, created_at, updated_at)
         select $2, id, account_id, 'delete', 'accepted', revision, 'migration-rollback', $3, $3 from servers where id = $1",
        server,
        env.uuid(),
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query!(
        "insert into dirty_servers (server_id, not_before) values ($1, $2) on conflict do nothing",
        server,
        now
    )
    .execute(&mut *connection)
    .await?;
    sqlx::query("select pg_notify($1, '')").bind(slipway_api::dispatcher::queue::CHANNEL).execute(connection).await?;
    Ok(())
}

async fn remove(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    let specs: Vec<Uuid> = sqlx::query_scalar!(
        r#"select p.id from server_specs p
           join server_revisions r on p.id in (r.owned_spec_id, r.effective_spec_id)
           join servers s on s.id = r.server_id join migration_records m on m.id = s.id
           where m.run_id = $1 and m.kind = 'server'
             and (s.phase = 'Unlinked' or s.absent_at is not null and s.retained_since is null)"#,
        run
    )
    .fetch_all(&mut *connection)
    .await?;
    let servers = sqlx::query!(
        "delete from servers s using migration_records m where m.id = s.id and m.run_id = $1 and m.kind = 'server'
             and (s.phase = 'Unlinked' or s.absent_at is not null and s.retained_since is null)",
        run
    );
    count(removed, "servers", servers.execute(&mut *connection).await?.rows_affected());
    sqlx::query!("delete from server_specs where id = any($1)", &specs).execute(&mut *connection).await?;
    for table in Table::ALL {
        // The names are those of the enum.
        let statement = format!("delete from {} where run_id = $1", table.name());
        let gone = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(run).execute(&mut *connection).await?;
        count(removed, table.name(), gone.rows_affected());
    }
    let currencies = sqlx::query!("delete from currencies where run_id = $1", run).execute(&mut *connection).await?;
    count(removed, "currencies", currencies.rows_affected());
    remove_users(connection, run, removed).await?;
    remove_accounts(connection, run, removed).await?;
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

/// Who has done something here since stays: the record of what they did names them.
async fn remove_users(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    let gone = sqlx::query!(
        "delete from users u using migration_records m where m.id = u.id and m.run_id = $1 and m.kind = 'user'
             and not exists (select from audit a where a.actor_id = u.id)
             and not exists (select from operations o where o.requested_by = u.id)
             and not exists (select from server_revisions r where r.author_id = u.id)",
        run
    );
    count(removed, "users", gone.execute(&mut *connection).await?.rows_affected());
    let kept = sqlx::query_scalar!(
        "select u.email from users u join migration_records m on m.id = u.id where m.run_id = $1 and m.kind = 'user'
         order by u.email",
        run
    );
    for email in kept.fetch_all(connection).await? {
        removed.kept.push(format!("user {email}: has done something in Slipway since"));
    }
    Ok(())
}

async fn remove_accounts(connection: &mut PgConnection, run: Uuid, removed: &mut Removed) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update audit set account_id = null where account_id in (
             select m.id from migration_records m where m.run_id = $1 and m.kind = 'account'
               and not exists (select from servers s where s.account_id = m.id))",
        run
    )
    .execute(&mut *connection)
    .await?;
    let gone = sqlx::query!(
        "delete from accounts a using migration_records m where m.id = a.id and m.run_id = $1 and m.kind = 'account'
             and not exists (select from servers s where s.account_id = a.id)
             and not exists (select from account_namespaces n where n.account_id = a.id)",
        run
    );
    count(removed, "accounts", gone.execute(&mut *connection).await?.rows_affected());
    let kept = sqlx::query!(
        r#"select a.name, exists (select from servers s where s.account_id = a.id) as "servers!"
           from accounts a join migration_records m on m.id = a.id
           where m.run_id = $1 and m.kind = 'account' order by a.name"#,
        run
    );
    for account in kept.fetch_all(connection).await? {
        let why = if account.servers {
            "has servers that the run did not make"
        } else {
            "its namespace is still in Kubernetes"
        };
        removed.kept.push(format!("account `{}`: {why}", account.name));
    }
    Ok(())
}

fn count(removed: &mut Removed, kind: &'static str, rows: u64) {
    if rows > 0 {
        *removed.removed.entry(kind).or_default() += rows;
    }
}
