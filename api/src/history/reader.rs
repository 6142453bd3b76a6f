//! Who may read an account's history.

use sqlx::PgConnection;

use crate::account;
use crate::auth::caller::Caller;
use crate::id::AccountId;
use crate::problem::Problem;

/// An account that the caller must not see is not found, as one that does not exist.
pub async fn admit(connection: &mut PgConnection, caller: &Caller, account: AccountId) -> Result<(), Problem> {
    if caller.sees(Some(account)) && account::store::exists(connection, account).await? {
        return Ok(());
    }
    Err(Problem::not_found("account"))
}
