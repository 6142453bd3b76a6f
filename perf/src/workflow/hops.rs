//! One create after the other, hop by hop: from the request to `running` in the API and the end of its operation.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use kube::{
    Api, Client,
    api::{WatchEvent, WatchParams},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use slipway_crds::VirtualServer;
use tokio::{task::JoinHandle, time::Instant};

use super::{
    bare::Proxmox,
    catalogue::{IMAGE, NAME, SITE},
    user::User,
};
use crate::{figure::Figure, statistics::quantile};

/// How often the API is asked.
const LOOKS: Duration = Duration::from_millis(10);
const GIVES_UP: Duration = Duration::from_mins(2);

/// When what was seen of one create; each is the time of the machine that all programs run on.
struct Hops {
    asked: Timestamp,
    accepted: Timestamp,
    applied: Timestamp,
    called: Timestamp,
    ready: Timestamp,
    mirrored: Timestamp,
    ended: Timestamp,
}

pub(super) async fn measure(staff: &User, kubernetes: &Client, proxmox: &Proxmox, servers: u32) -> Result<Vec<Figure>> {
    let account = staff.make(Method::POST, "/v1/accounts", &json!({ "name": "Hops" })).await?;
    let watch = Watch::begin(kubernetes).await?;
    // What programs do for the first time, such as a namespace, is no part of a create.
    create(staff, &watch, &account["id"], "warm-up").await?;
    let (mut all, mut bare) = (vec![], vec![]);
    for n in 0..servers {
        bare.push(proxmox.create().await?);
        all.push(create(staff, &watch, &account["id"], &format!("hop-{n}")).await?);
    }
    Ok(figures(&all, &bare))
}

fn figures(all: &[Hops], bare: &[f64]) -> Vec<Figure> {
    let each = |from: fn(&Hops) -> Timestamp, to: fn(&Hops) -> Timestamp| -> Vec<f64> {
        all.iter()
            .map(|hops| (to(hops).as_microsecond() - from(hops).as_microsecond()).max(0))
            .map(milliseconds)
            .collect()
    };
    let both = |name: &str, samples: Vec<f64>| {
        let high = quantile(&samples, 0.99);
        [Figure::measured(name.to_owned(), "ms", samples), Figure::measured(format!("{name}, p99"), "ms", vec![high])]
    };
    let total = each(|h| h.asked, |h| h.mirrored);
    let ratios = total.iter().zip(bare).map(|(total, bare)| total / (bare * 1e3)).collect();
    let over = total.iter().zip(bare).map(|(total, bare)| total - bare * 1e3).collect();
    let mut figures = vec![];
    figures.extend(both("request → 202", each(|h| h.asked, |h| h.accepted)));
    figures.extend(both("202 → in Kubernetes", each(|h| h.accepted, |h| h.applied)));
    figures.extend(both("in Kubernetes → first Proxmox task", each(|h| h.applied, |h| h.called)));
    figures.extend(both("first Proxmox task → Ready in Kubernetes", each(|h| h.called, |h| h.ready)));
    figures.extend(both("Ready in Kubernetes → ready in the API", each(|h| h.ready, |h| h.mirrored)));
    figures.extend(both("Ready in Kubernetes → operation ended", each(|h| h.ready, |h| h.ended)));
    figures.extend(both("request → ready in the API", total));
    let alone = bare.iter().map(|seconds| seconds * 1e3).collect();
    figures.push(Figure::measured("the same tasks asked of Proxmox alone", "ms", alone));
    figures.push(Figure::measured("overhead above Proxmox's own time", "ms", over));
    figures.push(Figure::ratio("request → ready ÷ Proxmox alone", ratios));
    figures
}

#[expect(clippy::cast_precision_loss, reason = "a create takes seconds")]
fn milliseconds(microseconds: i64) -> f64 {
    microseconds as f64 / 1e3
}

async fn create(staff: &User, watch: &Watch, account: &Value, name: &str) -> Result<Hops> {
    let wish = order(name, Some(account));
    let asked = Timestamp::now();
    let answer = staff.send(Method::POST, "/v1/servers", Some(&wish)).await?;
    let accepted = Timestamp::now();
    ensure!(answer.status == StatusCode::ACCEPTED, "the order was answered {} {}", answer.status, answer.body);
    let text = |value: &Value| value.as_str().map(str::to_owned).context("the answer to an order has changed");
    let (server, operation) = (&answer.body["server"], &answer.body["operation"]);
    let object = text(&server["objectName"])?;
    let (server, operation) = (text(&server["id"])?, text(&operation["id"])?);
    let (server, operation) = (format!("/v1/servers/{server}"), format!("/v1/operations/{operation}"));
    let (mirrored, ended) = tokio::try_join!(
        when(staff, &server, |server| server["ready"] == true),
        when(staff, &operation, |operation| operation["status"] == "succeeded")
    )?;
    let seen = watch.seen(&object).await?;
    let missing = || format!("the watch has missed a step of {object}");
    Ok(Hops {
        asked,
        accepted,
        applied: seen.applied.with_context(missing)?,
        called: seen.called.with_context(missing)?,
        ready: seen.ready.with_context(missing)?,
        mirrored,
        ended,
    })
}

/// What a customer orders; of staff, for which account.
pub(super) fn order(name: &str, account: Option<&Value>) -> Value {
    let mut wish = json!({
        "name": name, "plan": NAME, "image": IMAGE, "site": SITE, "network": NAME,
        "deletionProtection": false, "deletionGracePeriodHours": 0,
        "sshKeys": ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPerfPerfPerfPerfPerfPerfPerfPerfPerfPerfPerf perf@example.org"],
    });
    if let Some(account) = account {
        wish["accountId"] = account.clone();
    }
    wish
}

async fn when(user: &User, path: &str, is: impl Fn(&Value) -> bool) -> Result<Timestamp> {
    let until = Instant::now() + GIVES_UP;
    loop {
        let found = user.get(path).await?;
        if is(&found) {
            return Ok(Timestamp::now());
        }
        if Instant::now() > until {
            bail!("{path} does not become what it shall be: {found}");
        }
        tokio::time::sleep(LOOKS).await;
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    applied: Option<Timestamp>,
    /// When the operator was about to make the call of the first task.
    called: Option<Timestamp>,
    ready: Option<Timestamp>,
}

/// Sees every change of every server, as it comes.
struct Watch {
    seen: Arc<Mutex<BTreeMap<String, Seen>>>,
    task: JoinHandle<Result<()>>,
}

impl Watch {
    async fn begin(client: &Client) -> Result<Self> {
        let seen = Arc::<Mutex<BTreeMap<String, Seen>>>::default();
        let api: Api<VirtualServer> = Api::all(client.clone());
        // Longer than any run: the server ends a watch after this.
        let mut events = api.watch(&WatchParams::default().timeout(290), "0").await?.boxed();
        let (notes, again) = (Arc::clone(&seen), api.clone());
        let task = tokio::spawn(async move {
            loop {
                while let Some(event) = events.try_next().await? {
                    if let WatchEvent::Added(server) | WatchEvent::Modified(server) = event {
                        note(&mut notes.lock().unwrap_or_else(PoisonError::into_inner), &server);
                    }
                }
                events = again.watch(&WatchParams::default().timeout(290), "0").await?.boxed();
            }
        });
        Ok(Self { seen, task })
    }

    /// The watch may be behind the API by a moment.
    async fn seen(&self, object: &str) -> Result<Seen> {
        for _ in 0..200 {
            let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(object).copied();
            if let Some(seen) = seen.filter(|seen| seen.ready.is_some()) {
                return Ok(seen);
            }
            tokio::time::sleep(LOOKS).await;
        }
        bail!("the watch never saw {object} ready")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn note(seen: &mut BTreeMap<String, Seen>, server: &VirtualServer) {
    let seen = seen.entry(server.metadata.name.clone().unwrap_or_default()).or_default();
    let now = Timestamp::now();
    seen.applied.get_or_insert(now);
    let Some(status) = &server.status else { return };
    if let Some(task) = &status.task {
        seen.called.get_or_insert(task.started_at.0);
    }
    if status.conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True") {
        seen.ready.get_or_insert(now);
    }
}
