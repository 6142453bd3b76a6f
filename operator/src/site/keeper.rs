//! Keeps one site: connects, pins its identity, agrees on the epoch, reads the inventory and says how it stands.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use kube::{Api, Client, ResourceExt as _, runtime::reflector::ObjectRef};
use proxmox_client::{GuestRow, ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::{
    DoctorFinding, InstallationSpec, NodeStatus, ProxmoxSite, ProxmoxSiteSpec, ProxmoxSiteStatus, ServerPhase,
    names::{ANNOTATION_ACKNOWLEDGE, INSTALLATION},
    words::{SiteStalledReason, WaitingReason, condition},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Contact, Site, Sites,
    agreement::{is_acknowledged, others},
    breaker::Breaker,
    connect,
    doctor::unfinished,
    examine::doctor,
    inventory::{Inventory, agrees, are_old, is_expected},
    quarantine,
    standing::Standing,
};
use crate::{
    ambient::Ambient,
    catalogue::Catalogue,
    claims,
    config::Config,
    kubernetes::{KubernetesError, replace_status, timed},
    metered::Metered,
    metrics::{Metrics, PhaseLabels, SiteLabels},
    server::{interpret::reason_of, validate::identity},
    wake::Wake,
};

/// The longest pause after a failed contact.
const RETRY: Duration = Duration::from_secs(5);

pub struct Keeper {
    pub client: Client,
    pub config: Config,
    pub sites: Sites,
    pub catalogue: Catalogue,
    pub metrics: Metrics,
    pub wake: Wake,
    pub ambient: Ambient,
    pub name: String,
    pub spec: Arc<ProxmoxSiteSpec>,
}

/// What each server was last woken for: its row, and its own version then; and when.
type Woken = HashMap<Vmid, ((Option<GuestRow>, Option<String>), Timestamp)>;

/// A row is at most 10 s old. One that says another power or node than a direct read told is read late or the guest
/// changed since: after this long it is another news, though it reads the same.
const ROW_AGES: SignedDuration = SignedDuration::from_secs(15);

/// What the doctor found last.
#[derive(Debug, Clone)]
struct Examined {
    at: Instant,
    findings: Vec<DoctorFinding>,
    /// Until the next look.
    pause: Duration,
}

/// Between two looks of the doctor.
const CHECK_UP: Duration = Duration::from_hours(1);
/// After something wrong was found: whoever mends it wants to see it. Left as it is, it is looked at half as often each time.
const FOLLOW_UP: Duration = Duration::from_mins(2);

/// The inventory waits meanwhile.
const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    #[error(transparent)]
    Proxmox(#[from] ProxmoxError),
    #[error(transparent)]
    Connect(#[from] connect::ConnectError),
    #[error("there is no Installation yet; run `slipway-operator init --installation new`")]
    NoInstallation,
    #[error("this control plane is another installation now")]
    InstallationChanged,
    #[error("the epoch that was just written was not read back; both are compared again")]
    EpochNotReadBack,
}

impl Keeper {
    /// Runs until `stop`, whatever happens.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = self.keep() => ended,
            };
            if let Err(error) = ended {
                tracing::warn!(site = %self.name, %error, "the site cannot be kept; trying again");
                self.report_failure(&error).await;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETRY.min(self.rotation())) => {}
            }
        }
    }

    async fn keep(&self) -> Result<(), KeeperError> {
        let installation = self.installation().await?.id;
        let mut connected = connect::connect(&self.client, &self.config.namespace, &self.spec).await?;
        connected.client = Arc::new(Metered::new(&self.name, connected.client, self.metrics.clone()));
        connected.client =
            Arc::new(Breaker::new(&self.name, connected.client, self.metrics.clone(), self.ambient.clone()));
        let memory = self.sites.memory(&self.name);
        let site = Arc::new(Site::new(self.name.clone(), installation, (*self.spec).clone(), connected, memory));
        let version = self.look(&site).await?;
        self.sites.put(&self.name, Contact::Made(Arc::clone(&site)));
        self.wake_waiting();
        let mut examined = self.examine(&site, None).await?;
        let mut rotated = Instant::now();
        let mut woken = Woken::new();
        loop {
            tokio::time::sleep(Duration::from_secs(self.config.inventory_seconds)).await;
            let before = site.standing();
            let due = rotated.elapsed() >= self.rotation();
            if due {
                rotated = Instant::now();
                self.verify(&site, &mut woken).await?;
                examined = self.examine(&site, Some(examined)).await?;
                claims::expire(&self.client, &self.catalogue, self.ambient.now()).await?;
                self.sweep(&site).await?;
            } else {
                self.read_inventory(&site, &mut woken).await?;
            }
            let changed = before != site.standing();
            if due || changed {
                self.report(&site, &version).await?;
            }
            if changed {
                self.wake_waiting();
            }
        }
    }

    /// Lets the doctor look when it is time to, and shows what it found.
    async fn examine(&self, site: &Site, before: Option<Examined>) -> Result<Examined, KubernetesError> {
        if let Some(before) = &before
            && before.at.elapsed() < before.pause
        {
            return Ok(before.clone());
        }
        // What another cluster lacks is nobody's finding.
        let findings = if site.distrust().is_some() {
            vec![]
        } else {
            let looked = doctor(site, &self.catalogue, &self.ambient);
            tokio::time::timeout(PATIENCE, looked).await.unwrap_or_else(|_| vec![unfinished()])
        };
        let unchanged = before.filter(|b| b.findings == findings);
        if unchanged.is_none() {
            self.write_status(&site.standing(), |status| status.doctor.clone_from(&findings)).await?;
        }
        let pause = match unchanged {
            _ if findings.iter().all(|f| f.ok) => CHECK_UP,
            Some(before) => (before.pause * 2).min(CHECK_UP),
            None => FOLLOW_UP,
        };
        Ok(Examined { at: Instant::now(), findings, pause })
    }

    /// Reads the inventory only.
    pub async fn refresh(&self, site: &Site) -> Result<(), KeeperError> {
        self.read_inventory(site, &mut Woken::new()).await
    }

    /// How often identity and epoch are looked at, and the site's status is written at the latest.
    const fn rotation(&self) -> Duration {
        Duration::from_secs(self.config.rotation_seconds)
    }

    async fn installation(&self) -> Result<InstallationSpec, KeeperError> {
        let api: Api<slipway_crds::Installation> = Api::all(self.client.clone());
        match timed(api.get(INSTALLATION)).await {
            Ok(installation) => Ok(installation.spec),
            Err(error) if error.is_not_found() => Err(KeeperError::NoInstallation),
            Err(error) => Err(error.into()),
        }
    }

    /// First contact after a start: version, identity, inventory, epoch; and how the site stands is written.
    pub async fn look(&self, site: &Site) -> Result<String, KeeperError> {
        let ProxmoxAnswer::Version(version) = site.call(&ProxmoxRequest::Version).await? else {
            return Ok(String::new());
        };
        self.verify(site, &mut Woken::new()).await?;
        site.judge(|v| v.contact = Standing::Good);
        self.report(site, &version).await?;
        Ok(version)
    }

    /// Answers every question about the site anew. On another cluster only the first is asked.
    async fn verify(&self, site: &Site, woken: &mut Woken) -> Result<(), KeeperError> {
        let installation = self.installation().await?;
        if installation.id != site.installation {
            return Err(KeeperError::InstallationChanged);
        }
        let identity = self.pin_identity(site).await?;
        site.judge(|v| v.identity = identity);
        // Before anything is agreed: whose pools are there?
        self.read_inventory(site, woken).await?;
        if site.distrust().is_none() {
            let epoch = self.agree(site, &installation.neighbours).await?;
            let held = self.creates_held(site).await?;
            // Together: else something could be created in between.
            site.judge(|v| {
                if let Some(why) = held.as_ref().filter(|_| v.creates_held != held) {
                    tracing::warn!(site = site.name, why, "nothing is created on this site");
                }
                (v.epoch, v.creates_held) = (epoch, held);
            });
        }
        Ok(())
    }

    async fn read_inventory(&self, site: &Site, woken: &mut Woken) -> Result<(), KeeperError> {
        if site.distrust().is_some() {
            return Ok(());
        }
        let ProxmoxAnswer::Resources(resources) = site.call(&ProxmoxRequest::ClusterResources).await? else {
            return Ok(());
        };
        let now = Arc::new(Inventory::new(self.ambient.now(), resources));
        let before = site.inventory();
        if before.as_ref().is_some_and(|b| site.shrank_too_much(b, &now)) {
            // Perhaps it is not the guests that went, but the cluster or our right to see them.
            let identity = self.pin_identity(site).await?;
            site.judge(|v| v.identity = identity);
            if site.distrust().is_some() {
                return Ok(());
            }
            if !is_acknowledged(&self.object().await?, SiteStalledReason::InventoryShrank) {
                site.judge(|v| v.inventory = shrank());
                return Ok(());
            }
        }
        site.judge(|v| v.inventory = Standing::Good);
        site.set_inventory(Arc::clone(&now));
        self.wake_changed(site, &now, before.as_deref(), woken);
        Ok(())
    }

    /// What waits for the site: it stands otherwise now.
    fn wake_waiting(&self) {
        self.wake.waiting_servers(&self.catalogue.servers);
        self.wake.waiting_records(&self.catalogue.retained, &self.name);
    }

    /// Wakes the servers whose row says something that their status does not know, once for each such pair.
    fn wake_changed(&self, site: &Site, now: &Inventory, before: Option<&Inventory>, woken: &mut Woken) {
        for server in self.catalogue.servers.state() {
            let Some(status) = server.status.as_ref().filter(|_| server.spec.site_ref == self.name) else { continue };
            // One that is to be adopted may have to be moved into our pool first.
            let number = status.vmid.or_else(|| server.spec.adopt.as_ref().map(|a| a.vmid));
            // While a task of ours runs, or between two of them, its server is looked at anyway.
            let is_busy = status.task.is_some() || site.has_turn(&server.uid().unwrap_or_default());
            let Some(vmid) = number.and_then(|n| Vmid::try_from(n).ok()).filter(|_| !is_busy) else { continue };
            if are_old(now.at, status) {
                continue;
            }
            let row = now.guests.get(&vmid);
            let tag = || identity(&server, &site.installation).tag();
            let before = before.filter(|b| !are_old(b.at, status)).and_then(|b| b.guests.get(&vmid));
            if row.is_some_and(|r| r.status == "unknown" || is_expected(r, before, status, tag)) {
                woken.remove(&vmid);
                continue;
            }
            let seen = (row.cloned(), server.resource_version());
            let stale = status.power_state.is_some() && row.is_some_and(|r| !agrees(r, status));
            let again = woken
                .get(&vmid)
                .is_none_or(|(before, at)| *before != seen || (stale && now.at.duration_since(*at) >= ROW_AGES));
            if again {
                woken.insert(vmid, (seen, now.at));
                self.wake.server(ObjectRef::from_obj(&*server));
            }
        }
    }

    pub(super) async fn object(&self) -> Result<ProxmoxSite, KubernetesError> {
        let api: Api<ProxmoxSite> = Api::all(self.client.clone());
        timed(api.get(&self.name)).await
    }

    async fn report_failure(&self, error: &KeeperError) {
        let (reason, message) = match error {
            KeeperError::Proxmox(error) => {
                let (reason, hint) = reason_of(error);
                (reason, format!("{error}; {hint}"))
            }
            KeeperError::Connect(_) => (WaitingReason::PermissionMissing, error.to_string()),
            KeeperError::NoInstallation
            | KeeperError::InstallationChanged
            | KeeperError::Kubernetes(_)
            | KeeperError::EpochNotReadBack => (WaitingReason::SiteFrozen, error.to_string()),
        };
        let mut standing = Standing::Waiting { reason, message };
        if let Some(site) = self.sites.get(&self.name) {
            site.judge(|v| v.contact = standing);
            standing = site.standing();
        } else {
            self.sites.put(&self.name, Contact::Failed(standing.clone()));
        }
        if let Err(error) = self.write_status(&standing, |_| {}).await {
            tracing::warn!(site = %self.name, %error, "the site's status could not be written");
        }
        self.wake_waiting();
    }

    async fn report(&self, site: &Site, version: &str) -> Result<(), KubernetesError> {
        let inventory = site.inventory();
        self.measure(site);
        let gone = if site.distrust().is_none() { quarantine::proven_absent(site).await } else { vec![] };
        self.write_status(&site.standing(), |status| {
            status.quarantine.retain(|q| !gone.contains(&q.vmid));
            quarantine::remember(site, status);
            self.measure_findings(status);
            status.version = Some(version.to_owned());
            status.other_installations = others(site);
            if let Some(inventory) = &inventory {
                status.observed_at = Some(Time(inventory.at));
                status.nodes = inventory.nodes.iter().map(node_status).collect();
            }
        })
        .await
    }

    /// What is known here of the site, as gauges.
    fn measure(&self, site: &Site) {
        let label = SiteLabels { site: self.name.clone() };
        self.metrics.site_good.get_or_create(&label).set(i64::from(site.standing() == Standing::Good));
        let mut phases: HashMap<&'static str, i64> = HashMap::new();
        for server in self.catalogue.servers.state().iter().filter(|s| s.spec.site_ref == self.name) {
            let phase = server.status.as_ref().and_then(|s| s.phase).unwrap_or(ServerPhase::Pending);
            *phases.entry(phase.as_str()).or_default() += 1;
        }
        for phase in ServerPhase::ALL.map(ServerPhase::as_str) {
            let labels = PhaseLabels { site: self.name.clone(), phase };
            self.metrics.servers.get_or_create(&labels).set(phases.get(phase).copied().unwrap_or_default());
        }
        let (running, waiting) = site.turns();
        self.metrics.turns_running.get_or_create(&label).set(gauge(running));
        self.metrics.turns_waiting.get_or_create(&label).set(gauge(waiting));
    }

    fn measure_findings(&self, status: &ProxmoxSiteStatus) {
        let label = SiteLabels { site: self.name.clone() };
        self.metrics.orphans.get_or_create(&label).set(gauge(status.orphans.len()));
        self.metrics.quarantined.get_or_create(&label).set(gauge(status.quarantine.len()));
    }

    async fn write_status(
        &self,
        standing: &Standing,
        fill: impl Fn(&mut ProxmoxSiteStatus),
    ) -> Result<(), KubernetesError> {
        loop {
            let mut object = self.object().await?;
            let generation = object.metadata.generation;
            let mut status = object.status.take().unwrap_or_default();
            status.observed_generation = generation;
            fill(&mut status);
            set_conditions(&mut status, standing, generation, self.ambient.now());
            object.status = Some(status);
            match replace_status(&self.client, &object).await {
                Err(error) if error.is_conflict() => {}
                other => return other.map(|_| ()),
            }
        }
    }
}

fn gauge(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn shrank() -> Standing {
    Standing::Stalled {
        reason: SiteStalledReason::InventoryShrank,
        message: format!(
            "many guests vanished from the inventory at once; it is not believed until they are back, or a person acknowledges with the annotation {ANNOTATION_ACKNOWLEDGE}: InventoryShrank@<now>"
        ),
    }
}

fn set_conditions(status: &mut ProxmoxSiteStatus, standing: &Standing, generation: Option<i64>, now: Timestamp) {
    let good = *standing == Standing::Good;
    let stalled = matches!(standing, Standing::Stalled { .. });
    let reconciling = !good && !stalled;
    for (type_, value) in
        [(condition::READY, good), (condition::STALLED, stalled), (condition::RECONCILING, reconciling)]
    {
        crate::server::report::set_condition(
            &mut status.conditions,
            Condition {
                type_: type_.to_owned(),
                status: if value { "True" } else { "False" }.to_owned(),
                reason: standing.reason().to_owned(),
                message: standing.message(),
                observed_generation: generation,
                last_transition_time: Time(now),
            },
        );
    }
}

fn node_status(node: &proxmox_client::NodeRow) -> NodeStatus {
    NodeStatus {
        name: node.name.to_string(),
        online: node.online,
        cores: node.maxcpu,
        memory_mib: node.maxmem / 1024 / 1024,
    }
}
