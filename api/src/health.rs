//! `/livez`: the process turns. `/readyz`: it can answer, which needs Postgres and the newest schema.

use axum::extract::State;
use http::StatusCode;

use crate::app::App;
use crate::problem::{Kind, Problem};
use crate::schema;

pub async fn livez() -> (StatusCode, &'static str) {
    (StatusCode::OK, "ok\n")
}

/// Ready, or a problem that says what is missing.
pub async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    if schema::is_current(&app.pool).await? {
        return Ok("ok\n");
    }
    Err(Problem::new(Kind::Unavailable, "The database schema is not the one that this version needs."))
}
