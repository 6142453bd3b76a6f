//! What every handler is given.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use crate::auth::pace::Pace;
use crate::auth::password::Passwords;
use crate::auth::throttle::Throttle;
use crate::auth::token::Tokens;
use crate::environment::Env;
use crate::keys::Keys;
use crate::metrics::Metrics;
use crate::operator::Operator;
use crate::problem::{Kind, Problem};
use crate::seal::{SealError, Sealer};

/// How long a request waits for a database connection before it is answered `503`.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);

/// Settings that handlers read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach the console, without a slash at its end.
    pub public_url: String,
    /// Reverse proxies in front of this process whose `X-Forwarded-For` entries are believed.
    pub trusted_proxy_hops: usize,
    /// Requests a minute of one account, at this replica.
    pub requests_per_minute: NonZeroU32,
}

impl Settings {
    /// Cookies are for TLS only when people come by TLS.
    pub fn secure_cookies(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

/// The state that is shared by all requests; cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub pool: PgPool,
    pub env: Env,
    pub sealer: Arc<Sealer>,
    pub tokens: Arc<Tokens>,
    pub passwords: Passwords,
    pub throttle: Arc<Throttle>,
    pub pace: Arc<Pace>,
    pub settings: Arc<Settings>,
    pub metrics: Metrics,
    operator: Option<Operator>,
}

impl App {
    pub fn new(pool: PgPool, env: Env, keys: &Keys, settings: Settings) -> Result<Self, SealError> {
        Ok(Self {
            pool,
            env,
            sealer: Arc::new(Sealer::new(&keys.encryption)?),
            tokens: Arc::new(Tokens::new(keys)),
            passwords: Passwords::default(),
            throttle: Arc::new(Throttle::default()),
            pace: Arc::new(Pace::new(settings.requests_per_minute)),
            settings: Arc::new(settings),
            metrics: Metrics::default(),
            operator: None,
        })
    }

    /// The same, able to ask the operator.
    #[must_use]
    pub fn with_operator(self, operator: Operator) -> Self {
        Self { operator: Some(operator), ..self }
    }

    /// Who sees Proxmox VE.
    pub fn operator(&self) -> Result<&Operator, Problem> {
        self.operator.as_ref().ok_or_else(|| {
            let message = "This API was not told where the operator is: set SLIPWAY_OPERATOR_URL.";
            Problem::new(Kind::Unavailable, message)
        })
    }
}

/// A pool that connects when it is first used: the process starts, and says `503`, while Postgres is away.
pub fn connect_lazily(options: PgConnectOptions, max_connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_lazy_with(options.application_name("slipway-api"))
}
