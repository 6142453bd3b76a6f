//! Who calls: the bearer token says which session, Postgres says what that person may do *now*. A member who was removed
//! a second ago is refused, although the token lives on.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;

use crate::app::App;
use crate::id::{AccountId, SessionId, UserId};
use crate::problem::{Kind, Problem};

/// A person with a living session.
#[derive(Debug, Clone)]
pub struct Caller {
    pub user: UserId,
    pub session: SessionId,
    pub staff: bool,
    /// The accounts that the person is a member of.
    pub accounts: Vec<AccountId>,
}

impl Caller {
    /// The accounts whose rows the caller may see; `None` is all of them.
    pub fn scope(&self) -> Option<Vec<uuid::Uuid>> {
        (!self.staff).then(|| self.accounts.iter().map(|id| id.0).collect())
    }

    /// Whether rows of this account may be seen. Rows of no account are for staff.
    pub fn sees(&self, account: Option<AccountId>) -> bool {
        self.staff || account.is_some_and(|account| self.accounts.contains(&account))
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(unauthenticated)?;
        let now = app.env.now();
        let claims = app.tokens.verify(token, now).map_err(|_| unauthenticated())?;
        let row = sqlx::query!(
            r#"select u.staff, array(select account_id from memberships where user_id = u.id) as "accounts!: Vec<AccountId>"
               from sessions s join users u on u.id = s.user_id
               where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > $3 and not u.disabled"#,
            claims.sid.0,
            claims.sub.0,
            now
        )
        .fetch_optional(&app.pool)
        .await?
        .ok_or_else(unauthenticated)?;
        let caller = Self { user: claims.sub, session: claims.sid, staff: row.staff, accounts: row.accounts };
        app.pace.check(&caller)?;
        Ok(caller)
    }
}

fn unauthenticated() -> Problem {
    Problem::new(Kind::Unauthenticated, "Send an access token; get one at /v1/auth/login or /v1/auth/refresh.")
}

/// A caller who works for the provider.
#[derive(Debug, Clone)]
pub struct Staff(pub Caller);

impl FromRequestParts<App> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.staff { Ok(Self(caller)) } else { Err(Problem::new(Kind::Forbidden, "Only staff may do this.")) }
    }
}
