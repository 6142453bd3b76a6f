//! `slipway-api database-secret`: the password of a bundled database, drawn once inside the cluster.

use std::collections::BTreeMap;

use anyhow::Context as _;
use k8s_openapi::ByteString;
use slipway_api::environment::{Env, System};
use slipway_api::secret_once;

use crate::config::DatabaseSecret;

/// Makes the Secret, or leaves the one that is there as it is.
pub async fn run(wanted: DatabaseSecret) -> anyhow::Result<()> {
    let client = kube::Client::try_default().await.context("no Kubernetes: set KUBECONFIG, or run in a cluster")?;
    let secrets = kube::Api::namespaced(client, &wanted.namespace);
    let made = secret_once::make(&secrets, &wanted.name, data(&wanted, &Env::new(System))).await?;
    tracing::info!(secret = wanted.name, made, "the database's Secret is there");
    Ok(())
}

fn data(wanted: &DatabaseSecret, env: &Env) -> BTreeMap<String, ByteString> {
    let password = hex::encode(env.bytes::<24>());
    let DatabaseSecret { user, host, database, .. } = wanted;
    let url = format!("postgres://{user}:{password}@{host}:5432/{database}");
    let entries = [("username", user.clone()), ("password", password), ("url", url)];
    entries.map(|(key, value)| (key.to_owned(), ByteString(value.into_bytes()))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_password_and_no_two_are_alike() {
        let [name, namespace, host, user, database] = ["s", "n", "db", "slipway", "shop"].map(str::to_owned);
        let wanted = DatabaseSecret { name, namespace, host, user, database };
        let env = Env::new(System);
        let (one, other) = (data(&wanted, &env), data(&wanted, &env));
        let text = |key: &str| String::from_utf8(one[key].0.clone()).unwrap();
        assert_eq!(text("url"), format!("postgres://slipway:{}@db:5432/shop", text("password")));
        assert_ne!(one["password"], other["password"]);
    }
}
