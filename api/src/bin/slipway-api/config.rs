//! Command line and environment.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use slipway_api::auth::pace::DEFAULT_PER_MINUTE;
use slipway_api::id::AccountId;
use sqlx::postgres::PgConnectOptions;

use crate::admin::Admin;

/// The REST API of Slipway, its dispatcher and its mirror.
#[derive(Debug, Parser)]
#[command(name = "slipway-api", version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API and the console, dispatch to Kubernetes and mirror it.
    Serve(Box<Serve>),
    /// Bring the database schema up to this version.
    Migrate(Database),
    /// Make the first users and accounts of an installation.
    Admin(Admin),
    /// Print the description of the REST API.
    Openapi,
    /// Trust what Kubernetes holds now: lifts a halt of the dispatcher and mirrors everything anew.
    Resync(Resync),
    /// Print a kubeconfig with which an account works in its own namespace, and nowhere else.
    Kubeconfig(Kubeconfig),
    /// Make the Secret with the address and a new password of a database, unless there is one.
    DatabaseSecret(DatabaseSecret),
}

#[derive(Debug, Args)]
pub struct Database {
    /// Postgres, as `postgres://user:password@host:port/database`.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: PgConnectOptions,
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub database: Database,
    /// Where the API and the console are served.
    #[arg(long, env = "SLIPWAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where metrics and health are served. Without it `/metrics` is on the public listener, for scrapers on this machine.
    #[arg(long, env = "SLIPWAY_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub public: Public,
    /// A built console to serve in place of the one that was compiled in.
    #[arg(long, env = "SLIPWAY_CONSOLE_DIR")]
    pub console_dir: Option<PathBuf>,
    #[command(flatten)]
    pub keys: KeyStore,
    /// Reverse proxies in front, whose `X-Forwarded-For` is believed.
    #[arg(long, env = "SLIPWAY_TRUSTED_PROXY_HOPS", default_value_t = 0)]
    pub trusted_proxy_hops: usize,
    /// Requests that the members of one account may send this replica a minute; staff is not counted.
    #[arg(long, env = "SLIPWAY_REQUESTS_PER_MINUTE", default_value_t = DEFAULT_PER_MINUTE)]
    pub requests_per_minute: NonZeroU32,
    /// How long a client may take to send a request's headers, in seconds.
    #[arg(long, env = "SLIPWAY_HEADER_TIMEOUT_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub header_timeout_seconds: u64,
    /// Field managers that are Git; a trailing `*` matches the rest.
    #[arg(
        long,
        env = "SLIPWAY_GIT_MANAGERS",
        value_delimiter = ',',
        default_value = "argocd-*,kustomize-controller,helm-controller,flux-*,gitops-*"
    )]
    pub git_managers: Vec<String>,
    /// Namespaces of this installation; a trailing `*` matches the rest. All, unless others share the control plane.
    #[arg(long, env = "SLIPWAY_WATCH_NAMESPACES", value_delimiter = ',', default_value = "*")]
    pub watch_namespaces: Vec<String>,
    /// The operator's internal endpoint, as `http://host:port`: staff sees through it what a site has to adopt.
    #[arg(long, env = "SLIPWAY_OPERATOR_URL", value_parser = public_url, requires = "operator_token_file")]
    pub operator_url: Option<String>,
    /// A file with a `ServiceAccount`'s token for the operator, of audience `slipway-operator`.
    #[arg(long, env = "SLIPWAY_OPERATOR_TOKEN_FILE")]
    pub operator_token_file: Option<PathBuf>,
    /// Database connections of this replica.
    #[arg(long, env = "SLIPWAY_DATABASE_CONNECTIONS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(8..))]
    pub database_connections: u32,
    /// Do not bring the schema up to date at start: `slipway-api migrate` does.
    #[arg(long, env = "SLIPWAY_SKIP_MIGRATIONS")]
    pub skip_migrations: bool,
}

/// Where the signing and the key-encryption key are; they are made at the first start.
#[derive(Debug, Args)]
pub struct KeyStore {
    /// A folder.
    #[arg(long, env = "SLIPWAY_KEY_DIR", required_unless_present = "key_secret", conflicts_with = "key_secret")]
    pub key_dir: Option<PathBuf>,
    /// A Secret in the API's own namespace, which several replicas share.
    #[arg(long, env = "SLIPWAY_KEY_SECRET", requires = "namespace")]
    pub key_secret: Option<String>,
    /// The API's own namespace.
    #[arg(long, env = "SLIPWAY_NAMESPACE")]
    pub namespace: Option<String>,
}

#[derive(Debug, Args)]
pub struct Public {
    /// Where people reach the console; cookies are for TLS only when it is https.
    #[arg(long, env = "SLIPWAY_PUBLIC_URL", default_value = "http://127.0.0.1:8080", value_parser = public_url)]
    pub public_url: String,
}

#[derive(Debug, Args)]
pub struct Resync {
    #[command(flatten)]
    pub database: Database,
    /// Believe the next complete list even if many servers are missing from it.
    #[arg(long)]
    pub accept_deletions: bool,
}

#[derive(Debug, Args)]
pub struct Kubeconfig {
    #[command(flatten)]
    pub database: Database,
    /// The account's id.
    #[arg(long)]
    pub account: AccountId,
    /// kube-apiserver as the account reaches it; without it, as this process does.
    #[arg(long, env = "SLIPWAY_KUBERNETES_URL", value_parser = public_url)]
    pub server: Option<String>,
    /// The CA of that address (PEM); without it, the one that this process trusts.
    #[arg(long, env = "SLIPWAY_KUBERNETES_CA_FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// How long it is good for, in hours; kube-apiserver may allow less.
    #[arg(long, default_value_t = 720, value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub hours: u32,
}

#[derive(Debug, Args)]
pub struct DatabaseSecret {
    /// The Secret's name; it holds `username`, `password` and `url`.
    #[arg(long)]
    pub name: String,
    #[arg(long, env = "SLIPWAY_NAMESPACE")]
    pub namespace: String,
    #[arg(long)]
    pub host: String,
    #[arg(long)]
    pub user: String,
    #[arg(long)]
    pub database: String,
}

fn public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#']) => Ok(url.to_owned()),
        _ => Err("must be http:// or https:// and a host, without a path".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_keys_are_in_a_folder_or_in_a_secret_of_a_namespace() {
        let serve = |keys: &[&str]| {
            let words = ["slipway-api", "serve", "--database-url", "postgres://h/d"];
            Cli::try_parse_from(words.iter().chain(keys)).is_ok()
        };
        assert!(serve(&["--key-dir", "keys"]));
        assert!(serve(&["--key-secret", "slipway-api-keys", "--namespace", "slipway-system"]));
        assert!(!serve(&["--key-secret", "slipway-api-keys"]), "which namespace?");
        assert!(!serve(&[]));
        assert!(!serve(&["--key-dir", "keys", "--key-secret", "slipway-api-keys", "--namespace", "n"]), "which one?");
    }

    #[test]
    fn a_public_address_is_a_scheme_and_a_host() {
        assert_eq!(public_url("https://panel.example.org/"), Ok("https://panel.example.org".to_owned()));
        for wrong in ["panel.example.org", "https://", "https://a/b", "ftp://a"] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
