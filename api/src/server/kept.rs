//! A deleted server whose machine is kept: it can be taken back, or purged.

use sqlx::PgConnection;

use crate::auth::caller::Caller;
use crate::id::{AccountId, ServerId};
use crate::problem::{Kind, Problem};

#[derive(Debug, Clone)]
pub struct Kept {
    /// Of the object that the retained record is about.
    pub uid: String,
    pub account: Option<AccountId>,
    pub name: String,
    pub namespace: String,
    pub object_name: String,
    /// What is installed, if it is known: a rebuild may have changed it.
    pub image: Option<String>,
    pub suspended: Option<String>,
}

impl Kept {
    /// Of a server that was suspended, only the provider decides. `what_then` says what a customer can do.
    pub fn refuse_suspended(&self, caller: &Caller, what_then: &str) -> Result<(), Problem> {
        if self.suspended.is_none() || caller.staff {
            return Ok(());
        }
        let message = format!("The server was suspended when it was deleted. {what_then}");
        Err(Problem::new(Kind::Conflict, message))
    }
}

/// Locks the server's row until the transaction ends. One that the caller must not see is not found.
pub async fn lock(connection: &mut PgConnection, id: ServerId, caller: &Caller) -> Result<Kept, Problem> {
    let row = sqlx::query!(
        r#"select coalesce(retained_uid, uid) as uid, account_id as "account: AccountId", name, namespace, object_name,
                  coalesce(installed_image, nullif(image, '')) as image, suspended,
                  phase = 'Unlinked' as "unlinked!", absent_at is not null as "absent!", retained_since is not null as "retained!",
                  retained_purging or exists (
                      select from operations o
                      where o.server_id = servers.id and o.kind = 'purge' and o.status in ('accepted', 'running')
                  ) as "purging!"
           from servers where id = $1 for update"#,
        id.0
    )
    .fetch_optional(connection)
    .await?
    .filter(|row| caller.sees(row.account) && (caller.staff || !row.unlinked))
    .ok_or_else(|| Problem::not_found("server"))?;
    match row.uid {
        _ if !row.absent => Err(Problem::new(Kind::Conflict, "The server is not deleted.")),
        Some(_) if row.purging => {
            Err(Problem::new(Kind::Conflict, "The server's machine is being destroyed; that cannot be undone."))
        }
        Some(uid) if row.retained => Ok(Kept {
            uid,
            account: row.account,
            name: row.name,
            namespace: row.namespace,
            object_name: row.object_name,
            image: row.image,
            suspended: row.suspended,
        }),
        _ => Err(Problem::new(Kind::Conflict, "The server's machine is gone already.")),
    }
}
