//! What a step's task wears on, and whether it waits for a turn.

use kube::{ResourceExt as _, runtime::reflector::ObjectRef};
use proxmox_client::{NodeName, Vmid};
use slipway_crds::{ActionPhase, TaskKind, Verb, VirtualServer};

use super::{context::Context, deed::Deed, observed::Observed, plan::Hold, step::Step};
use crate::{
    site::{
        Site,
        placed::Place,
        turns::{Resource, Ticket, Turn},
    },
    wake::Sleeper,
};

/// What a step's task wears on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wear {
    /// It waits for the guest, and the hypervisor does nothing: a guest that is deaf keeps nobody's turn.
    Idles,
    /// It goes at once, and counts.
    Counts(Vec<Resource>),
    /// It waits until there is room.
    Waits(Vec<Resource>),
}

/// Asks for a turn before a step that starts a task. `None`: go.
pub(super) fn enter(ctx: &Context, site: &Site, server: &VirtualServer, step: &Step) -> Option<Hold> {
    let now = ctx.ambient.now();
    match wear(step)? {
        Wear::Idles => leave(ctx, site, server),
        Wear::Counts(uses) => site.take_turn(ticket(server, uses), now),
        Wear::Waits(uses) => {
            let (turn, called) = site.ask_turn(ticket(server, uses), now);
            ctx.wake.call(called);
            if let Turn::Wait { before } = turn {
                return Some(Hold::Turn { before });
            }
        }
    }
    None
}

/// The place that a clone takes, before it waits for its turn: those that wait spread over the nodes. False: another server of its group was just given one there.
pub(super) fn take_place(ctx: &Context, site: &Site, step: &Step) -> bool {
    let (Step::Clone { node, vmid, room, .. } | Step::AwaitTurn { node, vmid, room, .. }) = step else { return true };
    site.put_place(
        *vmid,
        Place {
            node: node.clone(),
            memory_mib: room.memory_mib,
            cores: room.cores,
            disks: room.disks.clone(),
            group: room.group.clone(),
            since: ctx.ambient.now(),
        },
    )
}

/// A task of ours runs: after a crash too, it has its turn.
pub(super) fn keep(ctx: &Context, site: &Site, server: &VirtualServer) {
    let now = ctx.ambient.now();
    if site.keep_turn(&uid(server), now) || idles(ctx, server) {
        return;
    }
    let node = server.status.as_ref().and_then(|s| s.node.as_deref()).and_then(|n| NodeName::try_from(n).ok());
    if let Some(node) = node {
        site.take_turn(ticket(server, vec![Resource::Site, Resource::Node(node)]), now);
    }
}

/// What runs waits for the guest to shut down.
fn idles(ctx: &Context, server: &VirtualServer) -> bool {
    if let Some(task) = server.status.as_ref().and_then(|s| s.task.as_ref()) {
        return matches!(task.kind, TaskKind::Shutdown | TaskKind::Reboot);
    }
    ctx.catalogue.actions.state().iter().any(|action| {
        action.namespace() == server.namespace()
            && action.spec.server_ref.name == server.name_any()
            && matches!(action.spec.verb, Verb::Shutdown | Verb::Restart)
            && action.status.as_ref().is_some_and(|s| s.phase == ActionPhase::Running)
    })
}

/// Nothing of it runs: others may go.
pub(super) fn leave(ctx: &Context, site: &Site, server: &VirtualServer) {
    ctx.wake.call(site.leave_turn(&uid(server), ctx.ambient.now()));
}

/// The nodes on which a server of the same group is, or is on its way to.
pub(super) fn keep_apart(ctx: &Context, site: &Site, server: &VirtualServer, seen: &mut Observed) {
    let Some(group) = group(server) else { return };
    let own = seen.status.vmid.and_then(|n| Vmid::try_from(n).ok());
    let others: Vec<_> = ctx.catalogue.servers.state();
    let is_other = |other: &VirtualServer| {
        other.uid() != server.uid() && other.spec.site_ref == site.name && self::group(other).as_ref() == Some(&group)
    };
    for node in &mut seen.site.nodes {
        let lives =
            |other: &VirtualServer| other.status.as_ref().and_then(|s| s.node.as_deref()) == Some(node.name.as_str());
        node.apart = others.iter().any(|o| is_other(o) && lives(o)) || site.place_holds(&node.name, &group, own);
    }
}

/// Namespace and name of its anti-affinity group.
pub(super) fn group(server: &VirtualServer) -> Option<(String, String)> {
    let name = server.spec.placement.as_ref()?.anti_affinity_group.clone()?;
    Some((server.namespace()?, name))
}

fn wear(step: &Step) -> Option<Wear> {
    let on = |node: &NodeName| vec![Resource::Site, Resource::Node(node.clone())];
    let and = |mut uses: Vec<Resource>, more: Resource| {
        uses.push(more);
        uses
    };
    Some(match step {
        Step::Clone { node, template, full_to, .. } | Step::AwaitTurn { node, template, full_to, .. } => {
            let uses = and(on(node), Resource::Template(*template));
            Wear::Waits(uses.into_iter().chain(full_to.clone().map(Resource::Storage)).collect())
        }
        Step::Start { node, .. } => Wear::Waits(on(node)),
        Step::Act { node, deed, .. } => match deed {
            Deed::Backup { storage, .. } => Wear::Waits(and(on(node), Resource::Storage(storage.clone()))),
            Deed::Restore { archive, .. } => {
                let storage = archive.split(':').next().unwrap_or_default();
                Wear::Waits(and(on(node), Resource::Storage(storage.to_owned())))
            }
            Deed::Migrate { target, .. } => Wear::Waits(and(on(node), Resource::Node(target.clone()))),
            Deed::Rebuild { .. } => Wear::Waits(on(node)),
            Deed::Shutdown | Deed::Restart => Wear::Idles,
            // A customer's power button does not queue behind other people's new servers.
            _ => Wear::Counts(on(node)),
        },
        Step::Shutdown { .. } => Wear::Idles,
        Step::Resize { node, .. } | Step::PowerOff { node, .. } => Wear::Counts(on(node)),
        _ => return None,
    })
}

fn ticket(server: &VirtualServer, uses: Vec<Resource>) -> Ticket {
    Ticket {
        uid: uid(server),
        account: server.namespace().unwrap_or_default(),
        sleeper: Sleeper::Server(ObjectRef::from_obj(server)),
        uses,
    }
}

fn uid(server: &VirtualServer) -> String {
    server.uid().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_that_waits_for_its_guest_wears_on_nothing_and_cutting_the_power_does() {
        let (node, vmid) = (NodeName::try_from("pve1").unwrap(), Vmid::try_from(100_000).unwrap());
        let act = |verb, deed| Step::Act { action: "a".into(), verb, node: node.clone(), vmid, deed };
        for step in [
            Step::Shutdown { node: node.clone(), vmid, because: "it is suspended" },
            act(Verb::Shutdown, Deed::Shutdown),
            act(Verb::Restart, Deed::Restart),
        ] {
            assert_eq!(wear(&step), Some(Wear::Idles), "{step}");
        }
        let counts = Wear::Counts(vec![Resource::Site, Resource::Node(node.clone())]);
        assert_eq!(wear(&act(Verb::Stop, Deed::Stop { overrule: true })), Some(counts));
    }
}
