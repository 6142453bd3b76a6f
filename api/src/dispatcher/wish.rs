//! What is wished of a server, as one read of Postgres.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::id::{AccountId, ServerId};
use crate::server::action::{self, Undelivered};
use crate::server::revision;
use crate::server::spec::Spec;

/// Everything that the next step is decided by.
#[derive(Debug, Clone)]
pub struct Wish {
    pub server: ServerId,
    pub account: Option<AccountId>,
    pub namespace: String,
    pub object_name: String,
    /// The object's uid, once it is known.
    pub uid: Option<String>,
    /// The uid is gone from Kubernetes.
    pub absent: bool,
    pub observed_generation: Option<i64>,
    pub delete_requested: bool,
    /// The kept machine that is to be destroyed.
    pub purge: Option<Purge>,
    /// The newest revision that the API made, if it ever did.
    pub revision: Option<Revision>,
    /// In order.
    pub actions: Vec<Undelivered>,
    /// The request that caused the newest operation.
    pub request_id: String,
}

/// The record of a machine that is kept, and is not to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purge {
    /// The `RetainedServer`'s name.
    pub record: String,
    /// Of the server that it is about.
    pub uid: String,
    /// When it would have been destroyed.
    pub until: Option<DateTime<Utc>>,
}

/// A version of what we own.
#[derive(Debug, Clone)]
pub struct Revision {
    pub number: i64,
    pub owned: Spec,
    /// It was applied, or refused for good.
    pub settled: bool,
    /// The answer to the apply.
    pub generation: Option<i64>,
}

pub async fn read(connection: &mut PgConnection, server: ServerId) -> Result<Wish, sqlx::Error> {
    let row = sqlx::query!(
        r#"select account_id as "account: AccountId", namespace, object_name, uid, absent_at is not null as "absent!",
                  observed_generation, delete_requested,
                  coalesce(retained_uid, uid) as kept_uid, retained_name, retained_until,
                  exists (select from operations o where o.server_id = s.id and o.kind = 'purge' and o.uid is null
                            and o.status in ('accepted', 'running')) as "purge!",
                  coalesce((select request_id from operations o where o.server_id = s.id order by o.id desc limit 1), '')
                      as "request_id!"
           from servers s where id = $1"#,
        server.0
    )
    .fetch_one(&mut *connection)
    .await?;
    let newest = revision::newest_by_api(connection, server).await?;
    let revision = match newest {
        None => None,
        Some(newest) => Some(Revision {
            number: newest.number,
            owned: revision::newest_owned(connection, server).await?,
            settled: newest.settled,
            generation: newest.applied_generation,
        }),
    };
    let actions = action::undelivered(connection, server).await?;
    let kept = row.retained_name.zip(row.kept_uid).filter(|_| row.purge);
    Ok(Wish {
        server,
        account: row.account,
        namespace: row.namespace,
        object_name: row.object_name,
        uid: row.uid,
        absent: row.absent,
        observed_generation: row.observed_generation,
        delete_requested: row.delete_requested,
        purge: kept.map(|(record, uid)| Purge { record, uid, until: row.retained_until }),
        revision,
        actions,
        request_id: row.request_id,
    })
}
