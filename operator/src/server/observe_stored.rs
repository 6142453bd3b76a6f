//! Looking at what is kept of a VM beside itself, when the verb that is next or has just ended is about it.

use proxmox_client::{Fault, NodeName, ProxmoxAnswer, ProxmoxError, ProxmoxRequest};
use slipway_crds::{ReownKind, Verb, VirtualServer};

use super::{
    context::Context,
    interpret::reason_of,
    observed::{Listing, Observed, Source, Stored, VmView},
    plan::check_template,
    validate::resolve_image,
    verbs,
};
use crate::{catalogue::Catalogue, site::Site};

pub(super) async fn observe_stored(ctx: &Context, site: &Site, server: &VirtualServer, seen: &Observed) -> Stored {
    let mut stored = Stored { user: user(ctx, server, seen), ..Stored::default() };
    let Some(action) = verbs::current(&seen.actions, seen.generation) else { return stored };
    let node = match &seen.vm {
        VmView::Found { node, .. } => node.clone(),
        // Its backups are where it was.
        VmView::Absent => match seen.status.node.as_deref().and_then(|name| NodeName::try_from(name).ok()) {
            Some(node) if matches!(action.verb, Verb::Restore) => node,
            _ => return stored,
        },
        VmView::NotAsked | VmView::Unreadable { .. } => return stored,
    };
    let Some(vmid) = seen.status.vmid.and_then(|n| n.try_into().ok()) else { return stored };
    match action.verb {
        Verb::Snapshot | Verb::DeleteSnapshot | Verb::Rollback => {
            stored.snapshots = match site.call(&ProxmoxRequest::Snapshots { node, vmid }).await {
                Ok(ProxmoxAnswer::Snapshots(rows)) => Listing::Read(rows),
                other => failed(other),
            };
        }
        Verb::Backup | Verb::Restore | Verb::DeleteBackup => {
            let Some(storage) = site.spec.backup_storage.clone() else { return stored };
            stored.backups = match site.call(&ProxmoxRequest::Backups { node, storage, vmid }).await {
                Ok(ProxmoxAnswer::Backups(rows)) => Listing::Read(rows),
                other => failed(other),
            };
        }
        Verb::Migrate => {
            stored.migration = match site.call(&ProxmoxRequest::MigratePreconditions { node, vmid }).await {
                Ok(ProxmoxAnswer::MigratePreconditions(found)) => Listing::Read(vec![found]),
                other => failed(other),
            };
        }
        Verb::Rebuild if action.arguments.disk.is_none() => {
            let image = action.arguments.image.as_deref().unwrap_or_default();
            stored.source = source(ctx, site, server, &node, image).await;
        }
        _ => {}
    }
    stored
}

/// Who may log in first at a server that is rebuilt: as the spec says, else as its new image does.
fn user(ctx: &Context, server: &VirtualServer, seen: &Observed) -> Option<String> {
    let reown = seen.status.reown.as_ref().filter(|r| r.kind == ReownKind::Rebuild)?;
    let own = server.spec.access.as_ref().and_then(|a| a.user.clone());
    own.or_else(|| {
        let image = Catalogue::get(&ctx.catalogue.images, reown.image.as_deref()?)?;
        Some(image.spec.default_user.clone())
    })
}

/// The disk of the image's template on this node.
async fn source(ctx: &Context, site: &Site, server: &VirtualServer, node: &NodeName, name: &str) -> Source {
    let Some(image) = Catalogue::get(&ctx.catalogue.images, name) else {
        return Source::None { message: format!("OSImage `{name}` does not exist") };
    };
    let image = resolve_image(&image, &server.spec.site_ref);
    let Some(vmid) = image.templates.iter().find(|t| t.node == *node).map(|t| t.vmid) else {
        return Source::None { message: format!("image `{name}` has no template on node {node}") };
    };
    match site.call(&ProxmoxRequest::Config { node: node.clone(), vmid }).await {
        Ok(ProxmoxAnswer::Config(config)) => {
            let disk = check_template(&image, &config).map(|()| config.boot_disk().and_then(|s| config.volid(s)));
            match disk {
                Ok(Some(volid)) => Source::Volume(volid.to_owned()),
                Ok(None) => Source::None { message: format!("template {vmid} has no disk") },
                Err(why) => Source::None { message: format!("template {vmid} on node {node} is not usable: {why}") },
            }
        }
        Ok(_) => Source::NotAsked,
        Err(error) if error.fault == Fault::Missing => {
            Source::None { message: format!("template {vmid} of image `{name}` is not on node {node}") }
        }
        Err(error) => {
            let (reason, hint) = reason_of(&error);
            Source::Failed { reason, message: format!("template {vmid} cannot be read: {error}; {hint}") }
        }
    }
}

fn failed<T>(answer: Result<ProxmoxAnswer, ProxmoxError>) -> Listing<T> {
    let Err(error) = answer else { return Listing::NotAsked };
    let (reason, hint) = reason_of(&error);
    Listing::Failed { reason, message: format!("{error}; {hint}") }
}
