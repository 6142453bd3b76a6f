//! Namespaces with an account's label. The label, which only the provider can set, is all that says whose the servers in
//! a namespace are.

use k8s_openapi::api::core::v1::Namespace;
use kube::ResourceExt as _;
use slipway_crds::names::LABEL_ACCOUNT;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::mirror::translate::resource_version;

/// Takes over the label; its servers follow. A label that names no account is none.
pub async fn upsert(connection: &mut PgConnection, namespace: &Namespace) -> Result<(), sqlx::Error> {
    let name = namespace.name_any();
    let account = namespace.labels().get(LABEL_ACCOUNT).and_then(|text| text.parse::<Uuid>().ok());
    let stored = sqlx::query!(
        "insert into account_namespaces (name, account_id, resource_version)
         select $1, a.id, $3 from accounts a where a.id = $2
         on conflict (name) do update set account_id = excluded.account_id, resource_version = excluded.resource_version
         where account_namespaces.resource_version <= excluded.resource_version",
        name,
        account,
        resource_version(&namespace.metadata)
    )
    .execute(&mut *connection)
    .await?;
    if stored.rows_affected() == 0 {
        sqlx::query!(
            "delete from account_namespaces n where n.name = $1
               and not exists (select from accounts a where a.id = $2) and n.resource_version <= $3",
            name,
            account,
            resource_version(&namespace.metadata)
        )
        .execute(&mut *connection)
        .await?;
    }
    assign(connection, &name).await
}

/// The label or the namespace is gone: its servers are unassigned.
pub async fn forget(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from account_namespaces where name = $1", name).execute(&mut *connection).await?;
    assign(connection, name).await
}

/// After a complete list: every other namespace has no label any more.
pub async fn keep_only(connection: &mut PgConnection, names: &[String]) -> Result<(), sqlx::Error> {
    let gone = sqlx::query_scalar!("delete from account_namespaces where name <> all($1) returning name", names)
        .fetch_all(&mut *connection)
        .await?;
    for name in gone {
        assign(connection, &name).await?;
    }
    Ok(())
}

/// A server that the API placed keeps its account in the account's own namespace, whose label may be seen later.
async fn assign(connection: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update servers s set account_id = (select n.account_id from account_namespaces n where n.name = $1)
         where s.namespace = $1 and s.absent_at is null
           and s.account_id is distinct from (select n.account_id from account_namespaces n where n.name = $1)
           and not exists (select from accounts a where s.origin = 'api' and a.id = s.account_id and a.namespace = $1)",
        name
    )
    .execute(connection)
    .await?;
    Ok(())
}
