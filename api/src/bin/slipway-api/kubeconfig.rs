//! `slipway-api kubeconfig`: what a tenant needs to work with kubectl or Git.

use anyhow::{Context as _, anyhow};
use slipway_api::account;
use slipway_api::audit::{self, Entry};
use slipway_api::dispatcher::kubernetes::Kubernetes;
use slipway_api::dispatcher::namespace;
use slipway_api::environment::{Env, System};
use slipway_api::http::request_id::RequestId;
use slipway_api::kubeconfig::{file, pem, token};
use sqlx::{Connection as _, PgConnection};

use crate::config::Kubeconfig;

/// Answers the file. The namespace is made if the account has no server yet.
pub async fn run(wanted: Kubeconfig) -> anyhow::Result<String> {
    let config = kube::Config::infer().await.context("no Kubernetes: set KUBECONFIG, or run in a cluster")?;
    let ca = match wanted.certificate_authority.as_ref().or(config.root_cert_file.as_ref()) {
        Some(path) => {
            Some(std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?)
        }
        None => config.root_cert.as_deref().map(pem),
    };
    let server = wanted.server.unwrap_or_else(|| config.cluster_url.to_string().trim_end_matches('/').to_owned());
    let client = kube::Client::try_from(config)?;

    let env = Env::new(System);
    let mut connection = PgConnection::connect_with(&wanted.database.database_url).await.context("no database")?;
    let mut transaction = connection.begin().await?;
    let found = account::store::find(&mut transaction, wanted.account).await?;
    let account = found.ok_or_else(|| anyhow!("there is no account {}", wanted.account))?;
    namespace::ensure(&Kubernetes::new(client.clone()), &account.namespace, wanted.account).await?;
    let token = token(client, &account.namespace, i64::from(wanted.hours) * 3600).await?;

    let request = RequestId::new(format!("admin-{}", env.uuid()));
    let mut entry = Entry::new(None, "account.kubeconfig", &request);
    entry.account = Some(wanted.account);
    entry.detail = format!("good until {}", token.expires);
    audit::record(&mut transaction, &env, entry).await?;
    transaction.commit().await?;
    let file = file(&server, ca.as_deref(), &account.namespace, &token.token);
    Ok(serde_json::to_string_pretty(&file)?)
}
