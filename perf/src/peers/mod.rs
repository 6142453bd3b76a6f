//! What others need for the same servers on the same Proxmox: Ansible's `community.proxmox` and a plain `proxmoxer` script make,
//! converge a second time and destroy as many as the operator does, in turn, at Proxmox's own speed. Clients, operator,
//! kube-apiserver and testbed share the machine.

mod client;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use pve_testbed::server::CallCounts;

use self::client::{Clients, Peer, Work};
use crate::{
    figure::Figure,
    machine::Machine,
    operator::{Lab, Operator},
    report::Report,
};

/// After a change: the operator has read the next inventory.
const SETTLES: Duration = Duration::from_secs(15);
const MINUTE: Duration = Duration::from_mins(1);

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Servers that each makes.
    #[arg(long, default_value_t = 10)]
    servers: u32,
    /// How often, in turn; the median counts.
    #[arg(long, default_value_t = 3)]
    times: usize,
    /// Makes the environment with the clients and prints its folder.
    #[arg(long, default_value = "kind-testbed/pve/clients/install.sh")]
    clients: String,
    /// An admin's kubeconfig.
    #[arg(long, env = "SLIPWAY_TEST_KUBECONFIG")]
    kubeconfig: PathBuf,
    /// Where the operator's log goes.
    #[arg(long, default_value = "/dev/null")]
    log: PathBuf,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    let machine = Machine::here();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (figures, versions) = runtime.block_on(in_turn(options))?;
    let report = Report::new("Peers", machine, figures).about(
        "The same servers made, looked at again and deleted in turn on the same Proxmox testbed at Proxmox's own speed. Calls are \
         what the testbed was asked.",
    );
    Ok(Report { versions, ..report })
}

/// What one of them needed, a sample a round.
#[derive(Default)]
struct Needed {
    create: Vec<Cost>,
    /// Of peers a second run, of the operator a minute in which nothing is wished.
    again: Vec<Cost>,
    delete: Vec<Cost>,
}

#[derive(Debug, Clone, Copy)]
struct Cost {
    seconds: f64,
    /// To Proxmox.
    calls: u64,
    /// Of them how tasks stand.
    polls: u64,
}

async fn in_turn(options: &Options) -> Result<(Vec<Figure>, Vec<String>)> {
    let kubeconfig = options.kubeconfig.to_str().context("the kubeconfig's path is no text")?;
    let mut lab = Lab::start(kubeconfig, options.log.clone()).await?;
    let clients = Clients::prepare(&lab, &options.clients, options.servers).await?;
    // One that stays: of a site that has lost all servers within an hour, the brake lets no more go.
    lab.order(&lab.operator().await?, 1).await?;
    let mut slipway = Needed::default();
    let mut peers = [Needed::default(), Needed::default()];
    for round in 0..options.times {
        for (peer, needed) in Peer::ALL.into_iter().zip(&mut peers) {
            needed.create.push(cost(&lab, clients.run(peer, Work::Converge)).await?);
            needed.again.push(cost(&lab, clients.run(peer, Work::Converge)).await?);
            needed.delete.push(cost(&lab, clients.run(peer, Work::Retire)).await?);
        }
        // It runs in its own turn only: an operator asks on.
        let operator = lab.operator().await?;
        operators_turn(&mut lab, &operator, options.servers, &mut slipway).await?;
        eprintln!("round {} of {}", round + 1, options.times);
    }
    Ok((figures(options.servers, &slipway, &peers), clients.versions().await?))
}

async fn operators_turn(lab: &mut Lab, operator: &Operator, servers: u32, needed: &mut Needed) -> Result<()> {
    // What a process does when it has just started is no part of a create.
    lab.order(operator, 1).await?;
    lab.delete_last(1).await?;
    tokio::time::sleep(SETTLES).await;
    let before = lab.calls()?;
    let began = Instant::now();
    lab.order(operator, servers).await?;
    needed.create.push(since(began, &before, &lab.calls()?));
    tokio::time::sleep(SETTLES).await;
    let before = lab.calls()?;
    let began = Instant::now();
    tokio::time::sleep(MINUTE).await;
    needed.again.push(since(began, &before, &lab.calls()?));
    let before = lab.calls()?;
    let began = Instant::now();
    lab.delete_last(servers).await?;
    needed.delete.push(since(began, &before, &lab.calls()?));
    Ok(())
}

async fn cost(lab: &Lab, running: impl Future<Output = Result<f64>>) -> Result<Cost> {
    let before = lab.calls()?;
    let seconds = running.await?;
    Ok(Cost { seconds, ..since(Instant::now(), &before, &lab.calls()?) })
}

fn since(began: Instant, before: &CallCounts, after: &CallCounts) -> Cost {
    let sum = |counts: &CallCounts, is: fn(&str) -> bool| -> u64 {
        counts.iter().filter(|((_, path), _)| is(path)).map(|(_, count)| count).sum()
    };
    let more = |is: fn(&str) -> bool| sum(after, is) - sum(before, is);
    Cost { seconds: began.elapsed().as_secs_f64(), calls: more(|_| true), polls: more(|path| path.contains("/tasks")) }
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn figures(servers: u32, slipway: &Needed, peers: &[Needed]) -> Vec<Figure> {
    let each = |costs: &[Cost], of: fn(&Cost) -> u64| -> Vec<f64> {
        costs.iter().map(|cost| of(cost) as f64 / f64::from(servers)).collect()
    };
    let seconds = |costs: &[Cost]| -> Vec<f64> { costs.iter().map(|cost| cost.seconds).collect() };
    let mut figures = vec![Figure::fact("servers that each makes", "", f64::from(servers))];
    let all = std::iter::once(("Slipway", slipway)).chain(Peer::ALL.map(Peer::name).into_iter().zip(peers));
    for (name, needed) in all {
        let named = |what: &str| format!("{name}: {what}");
        figures.push(Figure::measured(named("creates all"), "s", seconds(&needed.create)));
        figures.push(Figure::measured(named("Proxmox calls a create"), "calls", each(&needed.create, |c| c.calls)));
        figures.push(Figure::measured(named("of them polls of tasks"), "calls", each(&needed.create, |c| c.polls)));
        let again: Vec<f64> = needed.again.iter().map(|cost| cost.calls as f64).collect();
        if name == "Slipway" {
            figures.push(Figure::measured(named("calls in an idle minute, all servers"), "calls", again));
        } else {
            figures.push(Figure::measured(named("a second run that changes nothing"), "s", seconds(&needed.again)));
            figures.push(Figure::measured(named("calls of that run, all servers"), "calls", again));
        }
        // Slipway asks the guests to power off; the others cut the power.
        figures.push(Figure::measured(named("deletes all"), "s", seconds(&needed.delete)));
    }
    for (name, needed) in Peer::ALL.map(Peer::name).into_iter().zip(peers) {
        let ratio = |ours: &[Cost], theirs: &[Cost], of: fn(&Cost) -> f64| -> Vec<f64> {
            ours.iter().zip(theirs).map(|(ours, theirs)| of(ours) / of(theirs)).collect()
        };
        let time = ratio(&slipway.create, &needed.create, |c| c.seconds);
        figures.push(Figure::ratio(format!("Slipway ÷ {name}, time of the creates"), time).at_most(1.1));
        let calls = ratio(&slipway.create, &needed.create, |c| c.calls as f64);
        figures.push(Figure::ratio(format!("Slipway ÷ {name}, calls of the creates"), calls));
        let idle = ratio(&slipway.again, &needed.again, |c| c.calls as f64);
        figures.push(
            Figure::ratio(format!("Slipway ÷ {name}, an idle minute's calls ÷ a second run's"), idle).at_most(1.0),
        );
    }
    figures
}

#[cfg(test)]
mod tests {
    use pve_testbed::request::Method;

    use super::*;

    #[test]
    fn polls_of_tasks_are_told_apart_from_other_calls() {
        let before = CallCounts::from([((Method::Get, "/version"), 2)]);
        let status = "/nodes/{node}/tasks/{upid}/status";
        let after = CallCounts::from([((Method::Get, "/version"), 3), ((Method::Get, status), 4)]);
        let cost = since(Instant::now(), &before, &after);
        assert_eq!((cost.calls, cost.polls), (5, 4));
    }
}
