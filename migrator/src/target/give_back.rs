//! Machines that a run adopted are given back before it is taken back: each server is asked to, and goes as retained.

use chrono::TimeDelta;
use slipway_api::environment::Env;
use sqlx::PgConnection;
use uuid::Uuid;

/// A server and the record that keeps its machine come from two watches: one may be seen to go before the other is seen.
const LAG: TimeDelta = TimeDelta::seconds(10);

/// Asks each adopted server of the run to give its machine back and to go; answers how many have not yet.
pub async fn give_back(connection: &mut PgConnection, env: &Env, run: Uuid) -> Result<u64, sqlx::Error> {
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
