//! Many users at once, each with an account and a server of their own: they look, poll, power off and on, delete and order again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use rand::Rng as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    hops::order,
    user::{Answered, User},
};
use crate::{figure::Figure, statistics::quantile};

const PASSWORD: &str = "correct-horse-battery";
/// Made at once, before anything is timed.
const GATHERING: usize = 8;
/// A user's pause between two requests, in milliseconds.
const PAUSE: std::ops::Range<u64> = 300..1_700;
/// In percent of the requests.
const WISHES: u32 = 4;
/// After everybody has stopped, what was accepted must end within this time. A clone that died with its node is waited for ten
/// minutes before its number is given up.
const PATIENCE: Duration = Duration::from_mins(15);
/// Quantiles are taken of each of so many stretches of the time.
const STRETCHES: usize = 10;

pub(super) struct Crowd {
    members: Vec<Member>,
}

struct Member {
    user: User,
    name: String,
    /// Paths of its server and of its last operation.
    server: Option<String>,
    operation: Option<String>,
    /// Every other one deletes its server once, in the middle of the time.
    deletes: bool,
}

/// What happened to one member, or to all.
#[derive(Default)]
struct Log {
    /// Seconds since the beginning, and milliseconds.
    reads: Vec<(f64, f64)>,
    wishes: Vec<(f64, f64)>,
    not_modified: u64,
    /// Wishes that were refused with a reason, as a start of what is being deleted.
    refused: BTreeMap<String, u64>,
    /// Paths of what was accepted.
    operations: Vec<String>,
    errors: Vec<String>,
}

impl Crowd {
    /// Staff makes the accounts and their users; they log in.
    pub(super) async fn gather(staff: &User, url: &str, users: u32) -> Result<Self> {
        eprintln!("{users} users are made");
        let members = stream::iter(1..=users).map(|number| Member::enrol(staff, url, number));
        Ok(Self { members: members.buffer_unordered(GATHERING).try_collect().await? })
    }

    pub(super) fn keep(&mut self, members: usize) {
        self.members.truncate(members);
    }

    /// All act for so long; then everything that was accepted must have come to an end.
    pub(super) async fn act(&mut self, seconds: u64, what: &str) -> Result<Vec<Figure>> {
        let (began, time) = (Instant::now(), Duration::from_secs(seconds));
        let users = self.members.len();
        let logs = futures::future::join_all(self.members.iter_mut().map(|member| member.act(began, time))).await;
        let ends = self.ends(&logs).await?;
        let mut log = Log::default();
        for each in logs {
            log.add(each);
        }
        for error in log.errors.iter().take(10) {
            eprintln!("{what}: {error}");
        }
        eprintln!("{what}: operations ended {ends:?}; refused {:?}", log.refused);
        ensure!(log.errors.is_empty(), "{} requests of {what} went wrong", log.errors.len());
        let lost: u64 = ends.iter().filter(|(end, _)| end.starts_with("open")).map(|(_, count)| count).sum();
        ensure!(lost == 0, "{lost} accepted operations of {what} have not come to an end");
        figures(&log, &ends, seconds, users, what)
    }

    /// How operations ended, and how many did so; one log a member.
    async fn ends(&mut self, logs: &[Log]) -> Result<BTreeMap<String, u64>> {
        let until = Instant::now() + PATIENCE;
        let mut ends = BTreeMap::new();
        for (member, log) in self.members.iter_mut().zip(logs) {
            member.user.renew().await?;
            for operation in &log.operations {
                *ends.entry(member.end(operation, until).await?).or_default() += 1;
            }
        }
        Ok(ends)
    }
}

impl Member {
    async fn enrol(staff: &User, url: &str, number: u32) -> Result<Self> {
        let (name, email) = (format!("user-{number}"), format!("user-{number}@example.org"));
        let account = staff.make(Method::POST, "/v1/accounts", &json!({ "name": name })).await?;
        let person = json!({ "email": email, "name": name, "password": PASSWORD });
        let person = staff.make(Method::POST, "/v1/users", &person).await?;
        let id = |value: &Value| value["id"].as_str().map(str::to_owned).context("no id");
        let membership = format!("/v1/accounts/{}/memberships/{}", id(&account)?, id(&person)?);
        staff.make(Method::PUT, &membership, &json!({ "role": "owner" })).await?;
        let user = User::login(url, &email, PASSWORD, Some(u16::try_from(number)?)).await?;
        Ok(Self { user, name, server: None, operation: None, deletes: number.is_multiple_of(2) })
    }

    async fn act(&mut self, began: Instant, time: Duration) -> Log {
        let mut log = Log::default();
        let mut deletes = self.deletes;
        // They do not all come in the same moment.
        pause().await;
        while began.elapsed() < time {
            let wishes = rand::rng().random_range(0..100) < WISHES;
            let done = if self.server.is_none() {
                self.wish(Method::POST, "/v1/servers".to_owned(), Some(order(&self.name, None)), began, &mut log).await
            } else if deletes && began.elapsed() > time / 2 {
                deletes = false;
                self.delete(began, &mut log).await
            } else if wishes {
                self.switch(began, &mut log).await
            } else {
                self.look(began, &mut log).await
            };
            if let Err(error) = done {
                log.errors.push(format!("{}: {error:#}", self.name));
            }
            pause().await;
        }
        log
    }

    /// A read, as the console's pages do it.
    async fn look(&mut self, began: Instant, log: &mut Log) -> Result<()> {
        self.user.renew().await?;
        let path = match rand::rng().random_range(0..10) {
            0..6 => None,
            6..8 => self.server.clone(),
            _ => self.operation.clone(),
        };
        let path = path.unwrap_or_else(|| "/v1/servers?limit=50".to_owned());
        let answered = self.user.poll(&path).await?;
        log.reads.push((began.elapsed().as_secs_f64(), answered.milliseconds));
        match answered.status {
            StatusCode::NOT_MODIFIED => log.not_modified += 1,
            StatusCode::OK => {}
            status => anyhow::bail!("{path}: {status} {}", answered.body),
        }
        Ok(())
    }

    /// Off or on, when the last wish has been fulfilled; one in five is impatient.
    async fn switch(&mut self, began: Instant, log: &mut Log) -> Result<()> {
        let Some(server) = self.server.clone() else { return Ok(()) };
        let now = self.user.get(&server).await?;
        let is_busy = matches!(now["operation"]["status"].as_str(), Some("accepted" | "running"));
        if is_busy && rand::rng().random_range(0..5) > 0 {
            return Ok(());
        }
        let verb = match (now["powerState"].as_str(), rand::rng().random_range(0..3)) {
            (Some("running"), 0) => "Stop",
            (Some("running"), 1) => "Shutdown",
            (Some("running"), _) => "Restart",
            _ => "Start",
        };
        self.wish(Method::POST, format!("{server}/actions"), Some(json!({ "verb": verb })), began, log).await
    }

    /// The next thing that it does is to order another of the same name.
    async fn delete(&mut self, began: Instant, log: &mut Log) -> Result<()> {
        let Some(server) = self.server.clone() else { return Ok(()) };
        self.wish(Method::DELETE, server, None, began, log).await?;
        self.user.renew().await?;
        let Some(operation) = self.operation.clone() else { return Ok(()) };
        if self.end(&operation, began + PATIENCE).await? == "succeeded" {
            self.server = None;
        }
        Ok(())
    }

    async fn wish(
        &mut self,
        method: Method,
        path: String,
        body: Option<Value>,
        began: Instant,
        log: &mut Log,
    ) -> Result<()> {
        let Answered { status, body, milliseconds } = self.user.send(method, &path, body.as_ref()).await?;
        match status {
            StatusCode::ACCEPTED => {
                log.wishes.push((began.elapsed().as_secs_f64(), milliseconds));
                let id = |value: &Value| value["id"].as_str().map(str::to_owned).context("an accepted wish has no id");
                let operation = format!("/v1/operations/{}", id(&body["operation"])?);
                self.operation = Some(operation.clone());
                log.operations.push(operation);
                self.server = Some(format!("/v1/servers/{}", id(&body["server"])?));
                Ok(())
            }
            StatusCode::CONFLICT => {
                *log.refused.entry(body["detail"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
                Ok(())
            }
            status => anyhow::bail!("{path}: {status} {body}"),
        }
    }

    /// `succeeded`, `superseded`, `failed: REASON`; `open: …` when it has not ended in time.
    async fn end(&self, operation: &str, until: Instant) -> Result<String> {
        loop {
            let found = self.user.get(operation).await?;
            let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
            match text("status").as_str() {
                "accepted" | "running" if Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                "accepted" | "running" => {
                    return Ok(format!("open: {} {} {}", text("kind"), text("reason"), text("message")));
                }
                // Whoever asked is told why.
                "failed" | "expired" if text("reason").is_empty() => {
                    return Ok(format!("open: {found} without a reason"));
                }
                "failed" | "expired" => return Ok(format!("{}: {}", text("status"), text("reason"))),
                status => return Ok(status.to_owned()),
            }
        }
    }
}

async fn pause() {
    let millis = rand::rng().random_range(PAUSE);
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

impl Log {
    fn add(&mut self, other: Self) {
        self.reads.extend(other.reads);
        self.wishes.extend(other.wishes);
        self.not_modified += other.not_modified;
        for (reason, count) in other.refused {
            *self.refused.entry(reason).or_default() += count;
        }
        self.errors.extend(other.errors);
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn figures(log: &Log, ends: &BTreeMap<String, u64>, seconds: u64, users: usize, what: &str) -> Result<Vec<Figure>> {
    let name = |text: &str| format!("{users} {what}: {text}");
    let stretched = |samples: &[(f64, f64)], at: f64| -> Vec<f64> {
        let stretch = seconds as f64 / STRETCHES as f64;
        let of = |n: usize| -> Vec<f64> {
            let (from, to) = (n as f64 * stretch, (n + 1) as f64 * stretch);
            let within = |(when, _): &&(f64, f64)| (from..to).contains(when);
            samples.iter().filter(within).map(|(_, milliseconds)| *milliseconds).collect()
        };
        (0..STRETCHES).map(of).filter(|some| !some.is_empty()).map(|some| quantile(&some, at)).collect()
    };
    let (reads, wishes) = (&log.reads, &log.wishes);
    ensure!(!reads.is_empty() && !wishes.is_empty(), "nobody of {what} has done anything");
    let count =
        |is: &dyn Fn(&str) -> bool| ends.iter().filter(|(end, _)| is(end)).map(|(_, count)| *count).sum::<u64>() as f64;
    let failed = count(&|end| end.starts_with("failed") || end.starts_with("expired"));
    Ok(vec![
        Figure::measured(name("reads, p50"), "ms", stretched(reads, 0.5)),
        Figure::measured(name("reads, p99"), "ms", stretched(reads, 0.99)),
        Figure::measured(name("202s, p50"), "ms", stretched(wishes, 0.5)),
        Figure::measured(name("202s, p99"), "ms", stretched(wishes, 0.99)),
        Figure::fact(name("reads"), "", reads.len() as f64),
        Figure::fact(name("of them 304"), "%", 100.0 * log.not_modified as f64 / reads.len() as f64),
        Figure::fact(name("operations"), "", wishes.len() as f64),
        Figure::fact(name("of them superseded"), "", count(&|end| end == "superseded")),
        Figure::fact(name("of them failed, with a reason"), "", failed),
        Figure::count(name("operations that never ended"), "", count(&|end| end.starts_with("open"))).at_most(0.0),
        Figure::count(name("requests that went wrong"), "", log.errors.len() as f64).at_most(0.0),
    ])
}
