//! A step in words.

use std::fmt;

use proxmox_client::FirewallCall;

use super::step::Step;

/// The log line, the Event's note and the dry run's output.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReserveVmid { node } => write!(f, "take a VMID for a server on node {node}"),
            Self::RecallVmid { vmid, node, .. } => {
                write!(f, "go on with VM {vmid} on node {node}, which carries this server's mark")
            }
            Self::BurnVmid { .. } => f.write_str("give up its VMID, which another VM has, and take the next"),
            Self::Quarantine { vmid, reason, .. } => {
                write!(f, "set VMID {vmid} aside and take the next: {reason}")
            }
            Self::ClaimAddress { claim } => write!(f, "claim address {} from pool {}", claim.address, claim.pool),
            Self::AwaitTurn { node, template, .. } => {
                write!(f, "take a turn to clone template {template} on node {node}")
            }
            Self::Clone { node, template, vmid, full_to: None, .. } => {
                write!(f, "clone template {template} to VMID {vmid} on node {node}")
            }
            Self::Clone { node, template, vmid, full_to: Some(storage), .. } => {
                write!(f, "copy template {template} to VMID {vmid} on node {node}, storage {storage}")
            }
            Self::Configure { vmid, first: true, .. } => {
                write!(f, "configure VM {vmid}: sizes, network, cloud-init, protection")
            }
            Self::Configure { vmid, fields, .. } => write!(f, "change {} of VM {vmid}", fields.join(", ")),
            Self::Filter { vmid, call, .. } => match call {
                FirewallCall::SetOptions { .. } => write!(f, "switch the filters of VM {vmid} on"),
                FirewallCall::CreateSet { name } => write!(f, "make filter {name} of VM {vmid}"),
                FirewallCall::DeleteSet { name } => {
                    write!(f, "remove filter {name} of VM {vmid}, which filters nothing")
                }
                FirewallCall::Add { name, cidr } => write!(f, "let {cidr} through filter {name} of VM {vmid}"),
                FirewallCall::Remove { name, cidr } => write!(f, "shut {cidr} out of filter {name} of VM {vmid}"),
                FirewallCall::Options | FirewallCall::Sets | FirewallCall::Set { .. } => {
                    write!(f, "look at the filters of VM {vmid}")
                }
            },
            Self::Attach { vmid, name, slot, size_gib, .. } => {
                write!(f, "attach disk {name} of {size_gib} GiB to VM {vmid} as {slot}")
            }
            Self::Detach { vmid, name, slot, .. } => {
                write!(f, "detach disk {name} ({slot}) from VM {vmid} and keep it")
            }
            Self::ReleaseAddress { address, .. } => write!(f, "release address {address}"),
            Self::Protect { vmid, .. } => write!(f, "put protection back on VM {vmid}"),
            Self::Resize { vmid, disk, from_gib, to_gib, .. } => {
                write!(f, "grow disk {disk} of VM {vmid} from {from_gib} to {to_gib} GiB")
            }
            Self::Start { vmid, .. } => write!(f, "start VM {vmid}"),
            Self::Shutdown { vmid, because, .. } => write!(f, "shut VM {vmid} down, because {because}"),
            Self::BringBack { .. } => f.write_str("bring back what the provider had set"),
            Self::TakeBack { vmid, .. } => write!(f, "take back VM {vmid} of the deleted server"),
            Self::Remark { vmid, .. } => write!(f, "write this server's mark to VM {vmid}"),
            Self::Note { vmid, .. } => write!(f, "remember what VM {vmid} is before it is adopted"),
            Self::Adopt { vmid, node, .. } => write!(f, "adopt VM {vmid} on node {node}"),
            Self::TakeOver { vmid, .. } => write!(f, "write this server's mark, tag and protection to VM {vmid}"),
            Self::TakenOver { vmid, .. } => write!(f, "go on with VM {vmid}, which carries this server's mark"),
            Self::Suspend { vmid, suspension } => {
                write!(f, "suspend VM {vmid}, which is {:?} until now", suspension.power)
            }
            Self::EndSuspension { vmid } => write!(f, "end the suspension of VM {vmid}"),
            Self::Act { action, verb, vmid, deed, .. } => {
                write!(f, "{verb:?} VM {vmid}{deed} (action {action})")
            }
            Self::Prepare { reown } => write!(f, "prepare for {:?} (action {})", reown.kind, reown.action),
            Self::PowerOff { action, vmid, .. } => write!(f, "power VM {vmid} off (action {action})"),
            Self::Unprotect { vmid, .. } => write!(f, "lift protection of VM {vmid} for the next step"),
            Self::Reown { vmid, .. } => {
                write!(f, "put mark, protection, name and addresses back on VM {vmid}")
            }
            Self::Reowned { action, .. } => write!(f, "the VM is as wished again after action {action}"),
            Self::DropDisk { vmid, name, slot, .. } => {
                write!(f, "destroy detached disk {name} ({slot}) of VM {vmid}, whose time is over")
            }
            Self::EndAction { action, phase, message, .. } => write!(f, "end action {action} as {phase:?}: {message}"),
            Self::FollowTask { action, upid } => write!(f, "follow task {upid} of action {action}"),
        }
    }
}
