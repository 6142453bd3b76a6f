//! VMIDs are never reused: the counter only grows, numbers are taken in blocks by compare-and-swap, a crash burns some.

use std::collections::BTreeSet;

use kube::{Api, Client};
use proxmox_client::{ProxmoxAnswer, ProxmoxError, ProxmoxRequest, Vmid};
use slipway_crds::ProxmoxSite;

use super::{
    Site,
    pool_comment::{PoolComment, Unreadable},
};
use crate::kubernetes::{KubernetesError, replace_status, timed};

const BLOCK: u32 = 16;

/// Numbers taken from the counter and not yet used.
#[derive(Debug, Default)]
pub struct Block {
    free: Vec<Vmid>,
}

#[derive(Debug, thiserror::Error)]
pub enum NumberError {
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),
    #[error("the site's pool could not be read or written: {0}")]
    Proxmox(#[from] ProxmoxError),
    #[error("the site's pool `{0}` is not there; the floor of its numbers is not known")]
    NoPool(String),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("every number of the site's vmidRange was handed out; widen spec.vmidRange.end")]
    Exhausted,
}

/// The next number of the site.
pub async fn take(client: &Client, site: &Site) -> Result<Vmid, NumberError> {
    let mut block = site.numbers.lock().await;
    if block.free.is_empty() {
        block.free = take_block(client, site).await?;
        block.free.reverse();
    }
    block.free.pop().ok_or(NumberError::Exhausted)
}

async fn take_block(client: &Client, site: &Site) -> Result<Vec<Vmid>, NumberError> {
    let api: Api<ProxmoxSite> = Api::all(client.clone());
    let _comment_is_ours = site.memory.comment.lock().await;
    let comment = read_comment(site).await?;
    let taken: BTreeSet<u32> = site.inventory().iter().flat_map(|i| i.guests.keys().map(|v| v.get())).collect();
    let ours = site
        .inventory()
        .and_then(|i| i.guests.values().filter(|row| site.is_in_pool(row)).map(|row| row.vmid.get()).max());
    loop {
        let mut object = timed(api.get(&site.name)).await?;
        let mut status = object.status.take().unwrap_or_default();
        let quarantined = status.quarantine.iter().map(|q| q.vmid).max();
        let floor = floor(site.spec.vmid_range.start, status.next_vmid, comment.vmid_floor, ours.max(quarantined));
        let (numbers, next) = choose(floor, site.spec.vmid_range.end, &taken);
        status.next_vmid = Some(next);
        object.status = Some(status);
        match replace_status(client, &object).await {
            Err(error) if error.is_conflict() => continue,
            Err(error) => return Err(error.into()),
            Ok(_) => {}
        }
        // Before the block is used, the pool remembers it too: a lost Kubernetes must not hand it out again.
        raise_floor(site, next).await?;
        return Ok(numbers);
    }
}

/// The highest of what must never be handed out again.
fn floor(start: u32, counter: Option<u32>, pool_floor: u32, ours: Option<u32>) -> u32 {
    start.max(counter.unwrap_or(0)).max(pool_floor).max(ours.map_or(0, |v| v + 1))
}

/// Up to a block of numbers from `floor` on, others' skipped; and where the next block begins.
fn choose(floor: u32, end: u32, taken: &BTreeSet<u32>) -> (Vec<Vmid>, u32) {
    let mut numbers = Vec::new();
    let mut next = floor;
    while next <= end && numbers.len() < BLOCK as usize {
        if !taken.contains(&next) {
            numbers.extend(Vmid::try_from(next));
        }
        next += 1;
    }
    (numbers, next)
}

/// The comment as it is. Nothing is assumed: what is written back must neither lose the epoch nor lower the floor.
async fn read_comment(site: &Site) -> Result<PoolComment, NumberError> {
    match site.call(&ProxmoxRequest::Pool { pool: site.pool() }).await? {
        ProxmoxAnswer::Pool(Some(pool)) => Ok(pool.comment.parse()?),
        _ => Err(NumberError::NoPool(site.pool())),
    }
}

async fn raise_floor(site: &Site, next: u32) -> Result<(), NumberError> {
    let mut comment = read_comment(site).await?;
    if comment.vmid_floor < next {
        comment.vmid_floor = next;
        site.call(&ProxmoxRequest::SetPoolComment { pool: site.pool(), comment: comment.to_string() }).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_highest_of_counter_pool_and_our_own_vms() {
        assert_eq!(floor(100, None, 0, None), 100);
        assert_eq!(floor(100, Some(200), 150, Some(180)), 200);
        assert_eq!(floor(100, Some(200), 300, None), 300);
        assert_eq!(floor(100, None, 0, Some(400)), 401);
    }

    #[test]
    fn others_numbers_are_skipped_and_are_no_floor() {
        let (numbers, next) = choose(100, 200, &[101, 103, 5000].into());
        assert_eq!(numbers.iter().take(3).map(|v| v.get()).collect::<Vec<_>>(), [100, 102, 104]);
        assert_eq!((numbers.len(), next), (16, 118));
    }

    #[test]
    fn a_range_that_is_used_up_gives_none() {
        let (numbers, next) = choose(201, 200, &BTreeSet::new());
        assert!(numbers.is_empty());
        assert_eq!(next, 201);
    }
}
