//! What nothing accounts for: told on the site, and removed only when it is a blank clone that nobody owns.

use std::time::Duration;

use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pve_testbed::request::Method;
use serde_json::{Value, json};
use slipway_crds::{Orphan, ProxmoxSite, ProxmoxSiteStatus};

use crate::lab::Lab;

const BLANK: u32 = 100_009;
const OWNED: u32 = 100_010;

fn sites(lab: &Lab) -> Api<ProxmoxSite> {
    Api::all(lab.client.clone())
}

async fn status(lab: &Lab) -> ProxmoxSiteStatus {
    sites(lab).get(&lab.site).await.unwrap().status.unwrap_or_default()
}

/// A clone in our pool with a mark of ours, as a lost control plane would leave it.
async fn clone_marked(lab: &Lab, vmid: u32, state: &str) {
    let (pool, id) = (format!("slipway-{}", lab.installation), vmid.to_string());
    let mark = format!("slipway:v1 {}/{}/lost/u-{vmid}/{vmid} born=u-{vmid} {state}", lab.installation, lab.namespace);
    let options = [("newid", id.as_str()), ("name", "lost"), ("pool", &pool), ("description", &mark)];
    lab.root(Method::Post, "/nodes/pve1/qemu/9003/clone", &options);
    for _ in 0..200 {
        let config = lab.root(Method::Get, &format!("/nodes/pve1/qemu/{vmid}/config"), &[]);
        if config["lock"].is_null() && config["scsi0"].is_string() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("VM {vmid} stays locked");
}

async fn wait_orphans(lab: &Lab, numbers: &[u32]) -> Vec<Orphan> {
    for _ in 0..300 {
        let orphans = status(lab).await.orphans;
        if orphans.iter().map(|o| o.vmid).eq(numbers.iter().copied())
            && orphans.iter().all(|o| !o.why.contains("locked"))
        {
            return orphans;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the orphans never were {numbers:?}: {:?}", status(lab).await.orphans);
}

/// A quarter of an hour passes.
async fn grow_old(lab: &Lab, orphans: Vec<Orphan>) {
    let long_ago = (jiff::Timestamp::now() - jiff::SignedDuration::from_mins(20)).to_string();
    let aged: Vec<Value> = orphans
        .into_iter()
        .map(|orphan| {
            let mut orphan = json!(orphan);
            orphan["since"] = json!(long_ago);
            orphan
        })
        .collect();
    let patch = Patch::Merge(json!({ "status": { "orphans": aged } }));
    sites(lab).patch_status(&lab.site, &PatchParams::default(), &patch).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blank_clone_that_nobody_owns_is_removed_within_the_limit_and_everything_else_is_only_told() {
    let lab = Lab::rotating_every(1).await;
    lab.apply("web", json!({})).await;
    let ours = lab.wait_ready("web").await.status.unwrap().vmid.unwrap();
    lab.merge_site(&json!({ "limits": { "sweepsPerHour": 0 } })).await;
    clone_marked(&lab, BLANK, "provisional").await;
    clone_marked(&lab, OWNED, "owned").await;
    let orphans = wait_orphans(&lab, &[BLANK, OWNED]).await;
    assert!(orphans[0].why.contains("nobody owns it"), "{}", orphans[0].why);
    assert!(orphans[1].why.contains(&format!("{}/lost", lab.namespace)), "{}", orphans[1].why);
    grow_old(&lab, orphans).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(lab.vms(), [ours, BLANK, OWNED].map(u64::from), "none may be removed in this hour");
    lab.merge_site(&json!({ "limits": { "sweepsPerHour": 5 } })).await;
    let left = wait_orphans(&lab, &[OWNED]).await;
    assert_eq!(lab.vms(), [ours, OWNED].map(u64::from));
    assert_eq!(status(&lab).await.brakes.unwrap().sweeps.len(), 1);
    assert_eq!(left[0].vmid, OWNED);
    lab.wait_ready("web").await;
    lab.end().await;
}
