//! Makes a WHMCS database: the same for the same seed, in one pass from the first client to the last, so that a million of
//! them need no more memory than a hundred.

mod base;
pub mod catalogue;
mod damage;
mod dice;
mod ids;
pub mod machines;
mod modules;
mod money;
mod names;
mod offer;
mod owed;
mod people;
mod sell;
mod services;
mod support;
pub mod truth;
mod write;

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use mysql_async::{Conn, Opts, OptsBuilder, prelude::Queryable as _};

use crate::{
    SeedError,
    load::{Sink, Writers},
    schema::{self, Variant},
    secret,
};
use catalogue::{Catalogue, Module};
use damage::strays::Stray;
use dice::Dice;
use ids::Ids;
use owed::Owed;
use people::Client;
use services::{Service, Status, Wish};
use truth::Lines;

/// E-mail and old password of the first client, whatever the seed.
pub const KNOWN_LOGIN: (&str, &str) = ("grace@baker.example", "correct-old-password");
/// From so many clients on, keys are made after the rows.
const MANY: u32 = 10_000;
/// The number of the first service.
const FIRST_SERVICE: u32 = 101;

#[derive(Debug, Clone)]
pub struct Options {
    pub clients: u32,
    pub seed: u64,
    /// The share of services and clients that get damage, 0 to 1.
    pub messiness: f64,
    pub variant: Variant,
    /// The only module that there are services of.
    pub only: Option<Module>,
    pub database: String,
    /// What day it is there.
    pub today: NaiveDate,
    pub truth: Option<PathBuf>,
    pub machines: Option<PathBuf>,
    pub catalogue: Option<PathBuf>,
}

/// What was made.
#[derive(Debug)]
pub struct Seeded {
    pub rows: u64,
    pub clients: u32,
    pub services: u32,
    /// How often each kind of damage was done.
    pub damage: BTreeMap<&'static str, u64>,
}

/// Makes `options.database` on the server anew.
pub async fn seed(server: &Opts, options: Options) -> Result<Seeded, SeedError> {
    let (messy, database) = (options.messiness > 0.0, options.database.clone());
    let mut conn = Conn::new(server.clone()).await?;
    let columns = schema::create(&mut conn, &database, options.variant, messy).await?;
    let keys = if options.clients >= MANY { schema::drop_keys(&mut conn, &columns).await? } else { Vec::new() };
    let (sink, writers) = Writers::open(server, &database, columns).await?;
    let made = tokio::task::spawn_blocking(move || Generator::new(&options, sink)?.run(&options));
    let seeded = made.await.map_err(|_| SeedError::Stopped)?;
    // What a writer has to tell is why the making stopped.
    writers.finish().await?;
    // Sorting keeps one core busy: two tables at a time.
    let second = Conn::new(OptsBuilder::from_opts(server.clone()).db_name(Some(database))).await?;
    let (even, odd) = keys.into_iter().enumerate().partition::<Vec<_>, _>(|(index, _)| index % 2 == 0);
    tokio::try_join!(execute(conn, even), execute(second, odd))?;
    seeded
}

async fn execute(mut conn: Conn, statements: Vec<(usize, String)>) -> Result<(), mysql_async::Error> {
    // Tables with zero dates are refused otherwise.
    conn.query_drop("SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION'").await?;
    for (_, statement) in statements {
        conn.query_drop(statement).await?;
    }
    conn.disconnect().await
}

#[derive(Debug)]
pub(crate) struct Generator {
    variant: Variant,
    today: NaiveDate,
    messiness: f64,
    messy: bool,
    only: Option<Module>,
    /// Few enough for addresses that a small site has.
    small: bool,
    /// Between a service's number and its machine's.
    vmid_offset: u32,
    catalogue: Catalogue,
    sink: Sink,
    truth: Lines,
    machines: Lines,
    ids: Ids,
    counts: BTreeMap<&'static str, u64>,
    owed: Owed,
    last_login: Option<LastLogin>,
    last_address: Option<String>,
}

/// Whom the next client may share a login with.
#[derive(Debug)]
struct LastLogin {
    user: u32,
    email: String,
    password: &'static str,
    scheme: &'static str,
}

impl Generator {
    fn new(options: &Options, sink: Sink) -> Result<Self, SeedError> {
        let messy = options.messiness > 0.0;
        let mut offset = 1000;
        while offset < options.clients.saturating_mul(3) {
            offset *= 10;
        }
        Ok(Self {
            variant: options.variant,
            today: options.today,
            messiness: options.messiness,
            messy,
            only: options.only,
            small: options.clients <= 60,
            vmid_offset: offset,
            catalogue: Catalogue::new(messy),
            sink,
            truth: Lines::create(options.truth.as_deref())?,
            machines: Lines::create(options.machines.as_deref())?,
            ids: Ids::default(),
            counts: BTreeMap::new(),
            owed: Owed::new(messy),
            last_login: None,
            last_address: None,
        })
    }

    fn run(mut self, options: &Options) -> Result<Seeded, SeedError> {
        self.write_base(&mut Dice::new(options.seed, 0));
        for id in 1..=options.clients {
            let mut dice = Dice::new(options.seed, u64::from(id));
            self.client(id, &mut dice)?;
        }
        let mut known = Lines::create(options.catalogue.as_deref())?;
        known.write(&self.known_catalogue())?;
        known.finish()?;
        let seeded = Seeded {
            rows: self.sink.rows,
            clients: options.clients,
            services: self.ids.services(),
            damage: self.counts,
        };
        self.sink.finish();
        self.truth.finish()?;
        self.machines.finish()?;
        Ok(seeded)
    }

    fn client(&mut self, id: u32, dice: &mut Dice) -> Result<(), SeedError> {
        let mut client = self.make_client(id, dice);
        self.damage_client(&mut client, dice);
        self.write_client(&client, dice)?;
        let mut services = self.services(&client, dice);
        if self.messy && id > 1 && (self.owes("two-on-one-vm") || dice.chance(self.messiness / 10.0)) {
            self.share_machine(&mut services);
        }
        let mut unpaid = Vec::new();
        for service in &services {
            self.write_service(service, dice)?;
            unpaid.extend(self.write_orders(&client, service, dice));
            if service.module.is_virtual() && (dice.percent(10) || service.client == 3) {
                self.write_addon(&client, service, dice)?;
            }
        }
        self.write_account(&client, &services, unpaid, dice);
        self.write_support(&client, &services, dice)?;
        if self.messy && id > 3 {
            let stray = self.owed.strays.pop();
            if let Some(stray) = stray.or_else(|| dice.chance(self.messiness / 10.0).then(|| *dice.pick(&Stray::ALL))) {
                self.write_stray(&client, stray, dice)?;
            }
        }
        Ok(())
    }

    fn services(&mut self, client: &Client, dice: &mut Dice) -> Vec<Service> {
        let known = |product| Wish { product: Some(product), status: Some(Status::Active), ..Wish::default() };
        let wishes = match client.id {
            1 => vec![known(0), known(1), known(2)],
            // Where two machines may become one.
            2 => vec![known(1), known(3)],
            _ => vec![Wish::default(); dice.among(&[(14, 0), (62, 1), (17, 2), (5, 3), (2, 4)])],
        };
        wishes
            .into_iter()
            .map(|wish| {
                // Every other one, so that most stay sound even where there are few.
                let owing = client.id > 2 && self.ids.services().is_multiple_of(2) && !self.owed.services.is_empty();
                let wish = if owing { self.owed.services[0].wants() } else { wish };
                let mut service = self.make_service(client, wish, dice);
                if self.messy && client.id > 2 {
                    self.damage_service(&mut service, owing, dice);
                }
                if let Some(address) = service.addresses.first() {
                    self.last_address = Some(address.clone());
                }
                service
            })
            .collect()
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn noon(&self) -> NaiveDateTime {
        self.today.and_time(NaiveTime::default()) + chrono::TimeDelta::hours(12)
    }
}

/// Something encrypted with the installation's key.
fn secret(dice: &mut Dice) -> String {
    secret::encrypt(secret::CC_ENCRYPTION_HASH, &format!("pw-{}", dice.word(10)), dice.bytes())
}
