//! `VirtualServer`s: the row, its status, and a revision whenever somebody else changed the spec.

use chrono::{DateTime, Utc};
use slipway_crds::VirtualServer;
use sqlx::PgConnection;

use crate::dispatcher::queue;
use crate::environment::Env;
use crate::id::ServerId;
use crate::mirror::translate::{Mirrored, translate};
use crate::mirror::{absence, state};
use crate::operation::settle::settle;
use crate::server::ownership::Managers;
use crate::server::revision;
use crate::server::spec::Spec;
use crate::server::stores;
use crate::server::suspension::Suspension;
use crate::server::view::ConditionStatus;

/// Takes over the object, unless something newer was mirrored already.
pub async fn upsert(
    connection: &mut PgConnection,
    env: &Env,
    managers: &Managers,
    object: &VirtualServer,
) -> Result<(), sqlx::Error> {
    let (mirrored, now) = (translate(object, managers), env.now());
    let server = find_or_insert(connection, env, &mirrored).await?;
    let row = sqlx::query!(
        r#"select resource_version, spec_hash, revision, delete_requested, absent_at is not null as "absent!",
                  retained_uid is not distinct from $2 as "taken_back!"
           from servers where id = $1 for update"#,
        server.0,
        mirrored.uid
    )
    .fetch_one(&mut *connection)
    .await?;
    // Late news of an object that is gone, and whose machine its successor takes back.
    if row.taken_back || row.resource_version >= mirrored.resource_version {
        return Ok(());
    }
    if let Some(ahead) = mirrored.revision.filter(|number| *number > row.revision) {
        raise_counter(connection, server, ahead, row.revision).await?;
    }
    let changed = row.spec_hash.as_deref() != Some(&mirrored.spec_hash);
    if changed {
        take_spec(connection, env, server, row.revision, &mirrored).await?;
    }
    update_row(connection, server, &mirrored, now).await?;
    replace_conditions(connection, server, &mirrored).await?;
    replace_addresses(connection, server, &mirrored).await?;
    replace_owners(connection, server, &mirrored).await?;
    stores::put(connection, server, &mirrored.stores).await?;
    if row.delete_requested && row.absent && !mirrored.deleting {
        // A create that was given up for lost arrived after all.
        queue::mark_dirty(connection, server, now).await?;
    }
    settle(connection, server, now).await
}

/// The server's row: by uid; by the label, when the API made that very object; otherwise a new one.
async fn find_or_insert(connection: &mut PgConnection, env: &Env, seen: &Mirrored) -> Result<ServerId, sqlx::Error> {
    let known = sqlx::query_scalar!(
        r#"select id as "id: ServerId" from servers where uid = $1 or retained_uid = $1"#,
        seen.uid
    )
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(server) = known {
        return Ok(server);
    }
    if let Some(claimed) = seen.claimed_id {
        // The dispatcher may be about to commit the same uid: then this waits for it and finds it set.
        let ours = sqlx::query_scalar!(
            r#"update servers set uid = $2
               where id = $1 and (uid is null or uid = $2) and namespace = $3 and object_name = $4
               returning id as "id: ServerId""#,
            claimed.0,
            seen.uid,
            seen.namespace,
            seen.object_name
        )
        .fetch_optional(&mut *connection)
        .await?;
        if let Some(server) = ours {
            return Ok(server);
        }
    }
    // An earlier object of this name is gone, or its absence would have kept this one from being made.
    let earlier = sqlx::query_scalar!(
        r#"select uid as "uid!" from servers
           where namespace = $1 and object_name = $2 and absent_at is null and uid is not null"#,
        seen.namespace,
        seen.object_name
    )
    .fetch_all(&mut *connection)
    .await?;
    for uid in earlier {
        absence::mark_absent(connection, &uid, env.now()).await?;
    }
    let id = ServerId(env.uuid());
    sqlx::query!(
        "insert into servers (id, account_id, origin, namespace, object_name, uid, revision, created_at, updated_at, name,
                              site, plan, image, run_policy, deletion_protection, deletion_policy, deletion_grace_hours)
         values ($1, (select account_id from account_namespaces where name = $2), 'kubernetes', $2, $3, $4, 0, $5, $5, $3,
                 '', '', '', 'Managed', false, 'Delete', 72)",
        id.0,
        seen.namespace,
        seen.object_name,
        seen.uid,
        seen.created_at
    )
    .execute(connection)
    .await?;
    Ok(id)
}

/// Our counter is behind what we once applied: Postgres is a restored one. Nothing is dispatched until a person has
/// looked, and the counter jumps, so that no number is used twice.
async fn raise_counter(
    connection: &mut PgConnection,
    server: ServerId,
    ahead: i64,
    counter: i64,
) -> Result<(), sqlx::Error> {
    let message = format!(
        "Server {server} carries revision {ahead} in Kubernetes, but only {counter} are known here: the database seems \
         to be a restored one. Nothing is dispatched. Check it, then run `slipway-api resync`."
    );
    state::halt(connection, "RevisionAheadOfDatabase", &message).await?;
    sqlx::query!("update servers set revision = $2 where id = $1", server.0, ahead).execute(connection).await?;
    Ok(())
}

/// Our own echo completes our revision, while it is the newest; anything else is a revision of its own. What was mirrored
/// since then is older than the echo, and must not be taken for what Kubernetes holds.
async fn take_spec(
    connection: &mut PgConnection,
    env: &Env,
    server: ServerId,
    counter: i64,
    seen: &Mirrored,
) -> Result<(), sqlx::Error> {
    let newest = revision::newest_by_api(connection, server).await?;
    if let Some(newest) = newest.filter(|newest| Some(newest.number) == seen.revision && newest.number == counter) {
        let echo = match &newest.applied_hash {
            Some(hash) => *hash == seen.spec_hash,
            // The watch was quicker than the dispatcher's commit.
            None => is_covered(&revision::newest_owned(connection, server).await?, &seen.spec),
        };
        if echo {
            return revision::set_effective(connection, env, server, newest.number, &seen.spec).await;
        }
    }
    revision::insert_mirrored(connection, env, server, &seen.spec, &seen.managers).await?;
    Ok(())
}

/// Whether the object holds everything that we own.
fn is_covered(owned: &Spec, effective: &Spec) -> bool {
    fn same<T: PartialEq>(owned: Option<&T>, effective: Option<&T>) -> bool {
        owned.is_none() || owned == effective
    }
    same(owned.site.as_ref(), effective.site.as_ref())
        && same(owned.plan.as_ref(), effective.plan.as_ref())
        && same(owned.image.as_ref(), effective.image.as_ref())
        && same(owned.hostname.as_ref(), effective.hostname.as_ref())
        && same(owned.run_policy.as_ref(), effective.run_policy.as_ref())
        && owned.networks.iter().all(|interface| effective.networks.contains(interface))
        && owned.disks.iter().all(|disk| effective.disks.contains(disk))
        && effective.disks.iter().all(|disk| !owned.removed.disks.contains(&disk.name))
        && effective.networks.iter().all(|interface| !owned.removed.networks.contains(&interface.name))
        && owned
            .anti_affinity_group
            .as_deref()
            .is_none_or(|group| group == effective.anti_affinity_group.as_deref().unwrap_or_default())
        && same(owned.root_disk_gib.as_ref(), effective.root_disk_gib.as_ref())
        && same(owned.deletion_protection.as_ref(), effective.deletion_protection.as_ref())
        && same(owned.deletion_policy.as_ref(), effective.deletion_policy.as_ref())
        && same(owned.deletion_grace_hours.as_ref(), effective.deletion_grace_hours.as_ref())
        && same(owned.drift_policy.as_ref(), effective.drift_policy.as_ref())
        && same(owned.dns.as_ref(), effective.dns.as_ref())
        && same(owned.resources.as_ref(), effective.resources.as_ref())
        && same(owned.node.as_ref(), effective.node.as_ref())
        && same(owned.paused.as_ref(), effective.paused.as_ref())
        && same(owned.undelete.as_ref(), effective.undelete.as_ref())
        && owned
            .suspended
            .as_ref()
            .is_none_or(|wish| wish.reason() == effective.suspended.as_ref().and_then(Suspension::reason))
}

async fn update_row(
    connection: &mut PgConnection,
    server: ServerId,
    seen: &Mirrored,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers s set resource_version = $2, generation = $3, observed_generation = $4, spec_hash = $5,
             phase = case when delete_requested then 'Deleting' else $6 end, power_state = $7, vmid = $8, node = $9,
             search_text = lower(concat_ws(' ', name, $10::text)), absent_at = null, updated_at = $11,
             installed_image = coalesce($12, installed_image),
             account_id = coalesce((select n.account_id from account_namespaces n where n.name = s.namespace),
                                   (select a.id from accounts a
                                    where s.origin = 'api' and a.id = s.account_id and a.namespace = s.namespace))
         where id = $1",
        server.0,
        seen.resource_version,
        seen.generation,
        seen.observed_generation,
        seen.spec_hash,
        seen.phase.as_str(),
        seen.power_state.as_str(),
        seen.vmid,
        seen.node,
        seen.addresses.join(" "),
        now,
        seen.installed_image
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn replace_conditions(
    connection: &mut PgConnection,
    server: ServerId,
    seen: &Mirrored,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from server_conditions where server_id = $1", server.0).execute(&mut *connection).await?;
    for condition in &seen.conditions {
        let status: ConditionStatus = condition.status;
        sqlx::query!(
            "insert into server_conditions (server_id, type, status, reason, message, observed_generation,
                                            last_transition_time)
             values ($1, $2, $3, $4, $5, $6, $7)",
            server.0,
            condition.kind,
            status.as_str(),
            condition.reason,
            condition.message,
            condition.observed_generation,
            condition.last_transition_time
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn replace_addresses(
    connection: &mut PgConnection,
    server: ServerId,
    seen: &Mirrored,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from server_addresses where server_id = $1", server.0).execute(&mut *connection).await?;
    sqlx::query!(
        "insert into server_addresses (server_id, position, address)
         select $1, n - 1, address from unnest($2::text[]) with ordinality as a (address, n)",
        server.0,
        &seen.addresses
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn replace_owners(connection: &mut PgConnection, server: ServerId, seen: &Mirrored) -> Result<(), sqlx::Error> {
    let fields: Vec<String> = seen.owners.iter().map(|(field, _, _)| field.clone()).collect();
    let managers: Vec<String> = seen.owners.iter().map(|(_, manager, _)| manager.clone()).collect();
    let kinds: Vec<String> = seen.owners.iter().map(|(_, _, kind)| kind.to_string()).collect();
    sqlx::query!("delete from server_field_owners where server_id = $1", server.0).execute(&mut *connection).await?;
    sqlx::query!(
        "insert into server_field_owners (server_id, field, manager, kind)
         select $1, * from unnest($2::text[], $3::text[], $4::text[]) on conflict do nothing",
        server.0,
        &fields,
        &managers,
        &kinds
    )
    .execute(connection)
    .await?;
    Ok(())
}
