//! The inventory: from a file, or from the operator's internal endpoint. The migrator holds no hypervisor credential.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::cli::InventoryArgs;
use crate::inventory::{Inventory, Machine};

/// Between two questions to an operator that has not reached a site yet.
const PAUSE: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_mins(1);

#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    #[error("{path} cannot be read: {source}; `slipway-operator inventory` prints one")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} is no inventory: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("{path} has no site {}, which the mapping names; it has {}", sites.join(", "), has.join(", "))]
    OtherSites { path: PathBuf, sites: Vec<String>, has: Vec<String> },
    #[error("the operator cannot be asked: {0}")]
    Http(#[from] reqwest::Error),
    #[error("the operator does not tell the inventory of site {site}: {status}")]
    Refused { site: String, status: reqwest::StatusCode },
    #[error("the operator has not reached site {site} after {seconds} s")]
    NotReached { site: String, seconds: u64 },
}

/// What runs on the sites. Without a file and an operator nothing is known, and nothing is linked.
pub async fn inventory(args: &InventoryArgs, sites: &[String], wait: Duration) -> Result<Inventory, InventoryError> {
    if let Some(path) = &args.inventory {
        let inventory = read(path)?;
        let missing = sites.iter().filter(|site| !inventory.sites.contains_key(*site));
        let missing: Vec<String> = missing.cloned().collect();
        // One without any site is the word for none.
        if !missing.is_empty() && !inventory.sites.is_empty() {
            let has = inventory.sites.into_keys().collect();
            return Err(InventoryError::OtherSites { path: path.clone(), sites: missing, has });
        }
        return Ok(inventory);
    }
    let Some(url) = &args.operator_url else { return Ok(Inventory::default()) };
    let http = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
    let mut inventory = Inventory::default();
    for site in sites {
        let asked = Asked { http: &http, url, token_file: args.operator_token_file.as_deref(), site };
        inventory.sites.insert(site.clone(), asked.machines(wait).await?);
    }
    Ok(inventory)
}

fn read(path: &Path) -> Result<Inventory, InventoryError> {
    let file = File::open(path).map_err(|source| InventoryError::File { path: path.to_owned(), source })?;
    serde_json::from_reader(BufReader::new(file))
        .map_err(|source| InventoryError::Json { path: path.to_owned(), source })
}

struct Asked<'a> {
    http: &'a reqwest::Client,
    url: &'a str,
    token_file: Option<&'a Path>,
    site: &'a str,
}

#[derive(Debug, Deserialize)]
struct Page {
    machines: Vec<Machine>,
    next: Option<u32>,
}

impl Asked<'_> {
    async fn machines(&self, wait: Duration) -> Result<Vec<Machine>, InventoryError> {
        let (mut machines, mut after, deadline) = (Vec::new(), None, Instant::now() + wait);
        loop {
            let Some(page) = self.page(after).await? else {
                if Instant::now() >= deadline {
                    return Err(InventoryError::NotReached { site: self.site.to_owned(), seconds: wait.as_secs() });
                }
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            machines.extend(page.machines);
            after = page.next;
            if after.is_none() {
                return Ok(machines);
            }
        }
    }

    /// `None`: not yet. A site that is not there yet may be made any moment, too.
    async fn page(&self, after: Option<u32>) -> Result<Option<Page>, InventoryError> {
        let url = format!("{}/v1/sites/{}/inventory", self.url.trim_end_matches('/'), self.site);
        let mut request = self.http.get(url);
        if let Some(after) = after {
            request = request.query(&[("after", after)]);
        }
        if let Some(path) = self.token_file {
            let token = tokio::fs::read_to_string(path).await;
            let token = token.map_err(|source| InventoryError::File { path: path.to_owned(), source })?;
            request = request.bearer_auth(token.trim());
        }
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match answer.status() {
            reqwest::StatusCode::OK => Ok(Some(answer.json().await?)),
            reqwest::StatusCode::SERVICE_UNAVAILABLE | reqwest::StatusCode::NOT_FOUND => Ok(None),
            status => Err(InventoryError::Refused { site: self.site.to_owned(), status }),
        }
    }
}
