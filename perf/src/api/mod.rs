//! The REST API on a database of 100,000 servers: tokens, logins, each hot request and its plans, many people at once beside
//! a bare server with the same statements, polls that find nothing new, memory, and sizes of the pool of connections.

mod bare;
pub(crate) mod hot;
mod load;
pub(crate) mod server;
pub(crate) mod statements;
mod tokens;
pub(crate) mod world;

use anyhow::{Result, ensure};
use sqlx::postgres::PgConnectOptions;

use self::{
    load::{Came, Connection, get, run},
    server::{Kind, Server},
    world::{World, account, token},
};
use crate::{
    figure::{Figure, grouped},
    machine::Machine,
    report::Report,
};

/// People at once.
const CROWDS: [usize; 3] = [1, 32, 256];
const POLLING: usize = 32;
/// Connections to the database, as the product has when nothing else is set.
const CONNECTIONS: u32 = 20;
const POOLS: [u32; 6] = [1, 2, 4, 8, 16, 32];
/// People at once while sizes of the pool are tried.
const SWEEPING: usize = 64;
/// A larger pool that brings less than this part more brings nothing.
const SATURATED: f64 = 0.95;
const MB: f64 = 1e6;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Servers of the database.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(10_000..))]
    servers: u32,
    /// How often each load is tried.
    #[arg(long, default_value_t = 7)]
    times: usize,
    /// Seconds of each.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// A database on the `PostgreSQL` server, with a superuser's account: it makes databases, and asks for plans.
    #[arg(long, env = "SLIPWAY_TEST_DATABASE_URL", hide_env_values = true)]
    database: PgConnectOptions,
}

pub(crate) fn measure(options: &Options) -> Result<Report> {
    // Before any of it is our own.
    let machine = Machine::here();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        eprintln!("making {} servers", options.servers);
        let world = World::make(&options.database, "slipway_perf_api", options.servers).await?;
        let mut figures = vec![
            Figure::fact("servers in the database", "", f64::from(world.servers)),
            Figure::fact("accounts", "", f64::from(world.accounts)),
        ];
        figures.extend(tokens::measure(&world)?);
        figures.extend(hot::measure(&world).await?);
        figures.extend(crowds(&world, options).await?);
        figures.extend(logins(&world, options).await?);
        figures.extend(pools(&world, options).await?);
        let versions = vec![world.version().await?];
        world.end().await?;
        Ok(Report { versions, ..Report::new("API", machine, figures) })
    })
}

/// What the owners of as many accounts ask for: the list of their servers.
fn lists(world: &World, users: usize, headers: &str) -> Result<Vec<Vec<u8>>> {
    let app = world.app(world.pool(1))?;
    (2..).take(users).map(|owner| Ok(get("/v1/servers", &token(&app, owner)?, headers))).collect()
}

/// The same of the bare server.
fn bare_lists(users: usize) -> Vec<Vec<u8>> {
    (2..).take(users).map(|owner| get(&format!("/accounts/{}/servers", account(owner)), "", "")).collect()
}

/// Many people at the real server and at the bare one in turns, then those who poll. Each round has fresh processes.
async fn crowds(world: &World, options: &Options) -> Result<Vec<Figure>> {
    let mut crowds = CROWDS.map(|users| (users, Vec::new(), Vec::new()));
    let (mut polls, mut resident) = (Vec::new(), Vec::new());
    for round in 0..options.times {
        let real = Server::start(world, Kind::Real, CONNECTIONS).await?;
        let bare = Server::start(world, Kind::Bare, CONNECTIONS).await?;
        for (users, reals, bares) in &mut crowds {
            let (of_real, of_bare) = (lists(world, *users, "")?, bare_lists(*users));
            // Connections, plans and caches are there before it counts.
            for (server, requests) in [(&real, &of_real), (&bare, &of_bare)] {
                run(server.address, requests.clone(), *users, 0.3, 200).await?;
            }
            reals.push(run(real.address, of_real, *users, options.seconds, 200).await?);
            bares.push(run(bare.address, of_bare, *users, options.seconds, 200).await?);
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        resident.push(real.resident() as f64 / MB);
        polls.push(run(real.address, polling(world, real.address).await?, POLLING, options.seconds, 304).await?);
        eprintln!("round {} of {} is over", round + 1, options.times);
    }
    let mut figures = Vec::new();
    for (users, reals, bares) in &crowds {
        let name = format!("list of servers, {users} at once");
        figures.extend(times(&name, reals));
        figures.push(
            Figure::measured(format!("{name}: bare axum and sqlx"), "req/s", each(bares, |c| c.rate)).more_is_better(),
        );
        let ratios = reals.iter().zip(bares).map(|(real, bare)| real.rate / bare.rate).collect();
        figures.push(Figure::ratio(format!("{name}: ÷ bare axum and sqlx"), ratios).more_is_better());
    }
    let name = format!("poll of the list that finds nothing new (304), {POLLING} at once");
    figures.extend(times(&name, &polls));
    let bytes = each(&polls, |came| came.bytes);
    figures.push(Figure::measured("bytes of such an answer, with its head", "bytes", bytes));
    figures.push(Figure::measured("memory of the server after that load", "MB", resident));
    Ok(tell(figures))
}

fn times(name: &str, all: &[Came]) -> [Figure; 3] {
    [
        Figure::measured(name.to_owned(), "req/s", each(all, |came| came.rate)).more_is_better(),
        Figure::measured(format!("{name}: p50"), "ms", each(all, |came| came.p50)),
        Figure::measured(format!("{name}: p99"), "ms", each(all, |came| came.p99)),
    ]
}

fn each(all: &[Came], of: impl Fn(&Came) -> f64) -> Vec<f64> {
    all.iter().map(of).collect()
}

/// Told as they come: all of it takes minutes.
fn tell(figures: Vec<Figure>) -> Vec<Figure> {
    for figure in &figures {
        eprintln!("{}: {} {}", figure.name, grouped(figure.value), figure.unit);
    }
    figures
}

/// Who has seen the list already asks whether it has changed.
async fn polling(world: &World, address: std::net::SocketAddr) -> Result<Vec<Vec<u8>>> {
    let mut connection = Connection::open(address).await?;
    let app = world.app(world.pool(1))?;
    let mut requests = Vec::with_capacity(POLLING);
    for owner in (2..).take(POLLING) {
        let token = token(&app, owner)?;
        let seen = connection.ask(&get("/v1/servers", &token, "")).await?;
        ensure!(seen.status == 200 && !seen.etag.is_empty(), "the list has no ETag");
        requests.push(get("/v1/servers", &token, &format!("if-none-match: {}\r\n", seen.etag)));
    }
    Ok(requests)
}

/// Logins at the server and passwords alone in turns: two hashes at once are all that the API makes.
async fn logins(world: &World, options: &Options) -> Result<Vec<Figure>> {
    const AT_ONCE: usize = 8;
    let server = Server::start(world, Kind::Real, CONNECTIONS).await?;
    let (mut all, mut alone) = (Vec::new(), Vec::new());
    for round in 0..options.times {
        let people = (0..world.accounts).map(|n| 1 + (n + number_of(round) * 400) % world.accounts);
        let requests = people.map(tokens::login).collect();
        all.push(run(server.address, requests, AT_ONCE, options.seconds, 200).await?);
        alone.push(tokens::passwords(world, options.seconds).await?);
    }
    let ratios = all.iter().zip(&alone).map(|(came, alone)| came.rate / alone).collect();
    let [rate, p50, p99] = times(&format!("logins, {AT_ONCE} at once"), &all);
    let alone = Figure::measured("passwords verified (argon2id), two at once", "/s", alone).more_is_better();
    Ok(tell(vec![rate, p50, p99, alone, Figure::ratio("logins ÷ passwords verified", ratios).more_is_better()]))
}

fn number_of(round: usize) -> u32 {
    u32::try_from(round).unwrap_or_default()
}

/// The same load with more and more connections to the database.
async fn pools(world: &World, options: &Options) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for connections in POOLS {
        let server = Server::start(world, Kind::Real, connections).await?;
        let requests = lists(world, SWEEPING, "")?;
        run(server.address, requests.clone(), SWEEPING, 0.3, 200).await?;
        let mut all = Vec::with_capacity(options.times);
        for _ in 0..options.times {
            all.push(run(server.address, requests.clone(), SWEEPING, options.seconds, 200).await?);
        }
        let name = format!("list of servers, {SWEEPING} at once, connections: {connections}");
        figures.push(Figure::measured(name, "req/s", each(&all, |came| came.rate)).more_is_better());
    }
    let rates: Vec<f64> = figures.iter().map(|figure| figure.value).collect();
    figures.push(Figure::fact("connections that more of bring nothing", "", saturation(&rates)));
    Ok(tell(figures))
}

/// The smallest pool whose rate is nearly the best.
fn saturation(rates: &[f64]) -> f64 {
    let best = rates.iter().copied().fold(0.0, f64::max);
    let enough = POOLS.iter().zip(rates).find(|(_, rate)| **rate >= best * SATURATED);
    enough.map_or(f64::NAN, |(connections, _)| f64::from(*connections))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_is_large_enough_when_more_connections_bring_nothing() {
        assert_eq!(saturation(&[100.0, 190.0, 300.0, 390.0, 400.0, 395.0]).to_string(), "8");
    }
}
