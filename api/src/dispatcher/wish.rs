//! What is wished of a server, as one read of Postgres.

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
    /// The newest revision that the API made, if it ever did.
    pub revision: Option<Revision>,
    /// In order.
    pub actions: Vec<Undelivered>,
    /// The request that caused the newest operation.
    pub request_id: String,
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
    Ok(Wish {
        server,
        account: row.account,
        namespace: row.namespace,
        object_name: row.object_name,
        uid: row.uid,
        absent: row.absent,
        observed_generation: row.observed_generation,
        delete_requested: row.delete_requested,
        revision,
        actions,
        request_id: row.request_id,
    })
}
