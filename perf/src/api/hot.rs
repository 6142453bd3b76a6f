//! The requests that people and consoles make all day: how long each takes without a network, its statements, and whether
//! one of them looks at all rows of a large table.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
};
use http::{Method, Request, StatusCode, header};
use serde_json::Value;
use slipway_api::{app::App, console::Console, router};
use sqlx::PgPool;
use tower::ServiceExt as _;

use super::{
    statements::{Sent, sent},
    world::{self, LARGE, World},
};
use crate::figure::Figure;

/// How often each is timed.
const TIMES: usize = 31;
/// With so many rows a table is large.
const MANY_ROWS: f32 = 1_000.0;

pub(crate) struct Hot {
    pub(crate) name: &'static str,
    path: String,
    staff: bool,
}

/// All of them. The account is the large one.
pub(crate) fn requests(world: &World) -> Result<Vec<Hot>> {
    let of_account = |name, path| Hot { name, path, staff: false };
    let of_staff = |name, path| Hot { name, path, staff: true };
    let half = world.servers / 2;
    let (middle, list) = (world.middle()?, "/v1/servers");
    Ok(vec![
        of_account("who I am", "/v1/me".into()),
        of_account("servers of an account, first page", list.into()),
        of_account("servers of an account, a page in the middle", format!("{list}?cursor={middle}")),
        of_account("servers of an account, search", format!("{list}?search=web-{half}")),
        of_account("one server", format!("{list}/{}", world::server(half))),
        of_account("operations of an account", "/v1/operations".into()),
        of_account("one operation", format!("/v1/operations/{}", world::operation(half))),
        of_staff("all servers, first page", list.into()),
        of_staff("all servers, a page in the middle", format!("{list}?cursor={middle}")),
        of_staff("all servers, search for an address", format!("{list}?search=10.0.{}.7", half / 512)),
        of_staff("all operations, first page", "/v1/operations".into()),
        of_staff("all operations that wait", "/v1/operations?waiting=true".into()),
        of_staff("all accounts, first page", "/v1/accounts".into()),
    ])
}

/// The whole API in this process, and who asks it.
pub(crate) struct Inside {
    router: Router,
    account: String,
    staff: String,
}

impl Inside {
    pub(crate) fn new(world: &World, pool: PgPool) -> Result<Self> {
        let app: App = world.app(pool)?;
        let (account, staff) = (world::token(&app, LARGE)?, world.staff_token(&app)?);
        Ok(Self { router: router::router(app, Console::Absent), account, staff })
    }

    /// The body of the answer, which must be a success.
    pub(crate) async fn ask(&self, hot: &Hot) -> Result<Vec<u8>> {
        let token = if hot.staff { &self.staff } else { &self.account };
        self.send(Method::GET, &hot.path, token, Body::empty()).await
    }

    /// Orders a server for the large account.
    pub(crate) async fn order(&self, name: &str) -> Result<Vec<u8>> {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE0000000000000000000000000000000000000000000 me";
        let order = serde_json::json!({
            "name": name, "plan": "small", "image": "debian-13", "site": "home", "sshKeys": [key],
        });
        self.send(Method::POST, "/v1/servers", &self.account, Body::from(order.to_string())).await
    }

    async fn send(&self, method: Method, path: &str, token: &str, body: Body) -> Result<Vec<u8>> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body)?;
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await?.to_vec();
        let expected = matches!(status, StatusCode::OK | StatusCode::ACCEPTED);
        ensure!(expected, "{path}: {status} {}", String::from_utf8_lossy(&body));
        Ok(body)
    }

    /// What it sends to Postgres when it has been asked often enough for a statement's plan to be kept.
    pub(crate) async fn sent(&self, hot: &Hot) -> Result<Sent> {
        for _ in 0..6 {
            self.ask(hot).await?;
        }
        let (done, first) = sent(self.ask(hot)).await;
        done?;
        ensure!(!first.statements.is_empty(), "{}: no statement was seen", hot.name);
        Ok(first)
    }
}

/// Milliseconds, scans of large tables, and statements.
pub(super) async fn measure(world: &World) -> Result<Vec<Figure>> {
    let requests = requests(world)?;
    let inside = Inside::new(world, world.pool(2))?;
    let mut figures = Vec::new();
    for hot in &requests {
        for _ in 0..5 {
            inside.ask(hot).await?;
        }
        let mut samples = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let began = Instant::now();
            inside.ask(hot).await?;
            samples.push(began.elapsed().as_secs_f64() * 1e3);
        }
        figures.push(Figure::measured(format!("{}: time without a network", hot.name), "ms", samples));
    }
    let large = large_tables(&world.pool(1)).await?;
    let explained = Inside::new(world, world.explaining_pool())?;
    for hot in &requests {
        let sent = explained.sent(hot).await?;
        let scans = scans(&sent, &large).with_context(|| hot.name)?;
        for (table, statement) in &scans {
            eprintln!("{}: all of {table} is looked at by {statement}", hot.name);
        }
        let name = format!("{}: sequential scans of large tables", hot.name);
        figures.push(Figure::count(name, "", number(scans.len())).at_most(0.0));
        let name = format!("{}: statements", hot.name);
        figures.push(Figure::count(name, "", number(sent.statements.len())));
    }
    Ok(figures)
}

pub(crate) fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

async fn large_tables(pool: &PgPool) -> Result<Vec<String>> {
    let many = "select relname::text from pg_class where relkind = 'r' and reltuples >= $1 and relname !~ '^pg_'";
    let large = sqlx::query_scalar(many).bind(MANY_ROWS).fetch_all(pool).await?;
    ensure!(!large.is_empty(), "no table is large");
    Ok(large)
}

/// Large tables whose rows are all looked at, each with the statement that does.
fn scans(sent: &Sent, large: &[String]) -> Result<Vec<(String, String)>> {
    let plans: Vec<&str> = sent.notices.iter().filter_map(|notice| notice.split_once("plan:\n")).map(|p| p.1).collect();
    ensure!(
        plans.len() >= sent.statements.len(),
        "{} plans of {} statements came; the server needs the module auto_explain (PostgreSQL's contrib), and an account \
         that may load it",
        plans.len(),
        sent.statements.len()
    );
    let mut found = Vec::new();
    for plan in plans {
        let plan: Value = serde_json::from_str(plan)?;
        let statement = plan["Query Text"].as_str().unwrap_or_default();
        walk(&plan["Plan"], &mut |node| {
            let table = node["Relation Name"].as_str().unwrap_or_default();
            if node["Node Type"] == "Seq Scan" && large.iter().any(|name| name == table) {
                found.push((table.to_owned(), statement.split_whitespace().collect::<Vec<_>>().join(" ")));
            }
        });
    }
    Ok(found)
}

fn walk(node: &Value, look: &mut impl FnMut(&Value)) {
    look(node);
    for below in node["Plans"].as_array().into_iter().flatten() {
        walk(below, look);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(node: &str) -> Sent {
        let below = format!(r#"{{"Node Type": "{node}", "Relation Name": "servers"}}"#);
        let plan = format!(r#"{{"Query Text": "select 1", "Plan": {{"Node Type": "Limit", "Plans": [{below}]}}}}"#);
        let notices = vec!["duration: 0.1 ms  plan:\n".to_owned() + &plan];
        Sent { statements: vec!["select 1".to_owned()], notices }
    }

    #[test]
    fn a_scan_below_other_nodes_is_found_and_one_of_a_small_table_is_none() {
        let large = ["servers".to_owned()];
        assert_eq!(scans(&plan("Seq Scan"), &large).unwrap().len(), 1);
        assert_eq!(scans(&plan("Index Scan"), &large).unwrap(), []);
        assert_eq!(scans(&plan("Seq Scan"), &[]).unwrap(), []);
    }

    #[test]
    fn statements_without_plans_are_no_proof() {
        let silent = Sent { notices: vec![], ..plan("Seq Scan") };
        assert!(scans(&silent, &[]).is_err());
    }
}
