//! What processes do. Each kind of work is data and a `step` function: one file a kind.

mod backup;
mod bulk;
mod cleanup;
mod clone;
mod config;
mod console;
mod copy;
mod create;
mod destroy;
mod disk;
mod download;
mod drives;
mod ha;
mod identity;
mod memory;
mod migrate;
mod move_disk;
mod power;
mod prune;
mod restore;
mod rollback;
mod snapshot;
mod template;
mod volume;

pub(crate) use backup::{BackupMode, BackupWork};
pub(crate) use bulk::{BulkWork, start_order};
pub(crate) use cleanup::CleanupWork;
pub(crate) use clone::CloneWork;
pub(crate) use config::{ConfigChange, ConfigWork, check as check_change};
pub(crate) use console::ConsoleWork;
pub(crate) use create::CreateWork;
pub(crate) use destroy::{DestroyWork, removal_refusal};
pub(crate) use disk::ResizeWork;
pub(crate) use download::{DownloadWork, REMOTE_SIZE, unknown_host};
pub(crate) use drives::prepare as prepare_drive;
pub(crate) use ha::{HaRequest, HaWork};
pub(crate) use migrate::{MigrateWork, local_devices};
pub(crate) use move_disk::{MoveDiskWork, ReassignWork};
pub(crate) use power::{Power, PowerWork, is_cloudinit_option, write_cloudinit};
pub(crate) use prune::PruneWork;
pub(crate) use restore::RestoreWork;
pub(crate) use rollback::RollbackWork;
use serde::{Deserialize, Serialize};
pub(crate) use snapshot::{SnapshotJob, SnapshotWork, has_feature};
pub(crate) use template::{TemplateWork, template_refusal};
pub(crate) use volume::VolumeWork;

use super::{Next, Process, ProcessId, TaskId, World};
use crate::model::{Vmid, access::Principal};

/// One kind of work with what it needs to know and how far it got.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Work {
    Backup(Box<BackupWork>),
    Bulk(BulkWork),
    Cleanup(CleanupWork),
    Clone(Box<CloneWork>),
    Create(Box<CreateWork>),
    Config(Box<ConfigWork>),
    Console(ConsoleWork),
    Destroy(DestroyWork),
    Download(Box<DownloadWork>),
    Ha(HaWork),
    Migrate(Box<MigrateWork>),
    MoveDisk(Box<MoveDiskWork>),
    Reassign(Box<ReassignWork>),
    Power(PowerWork),
    Prune(PruneWork),
    Resize(ResizeWork),
    Rollback(RollbackWork),
    Snapshot(SnapshotWork),
    Restore(Box<RestoreWork>),
    Template(TemplateWork),
    Volume(VolumeWork),
}

/// The process as its work sees it.
#[derive(Debug)]
pub(crate) struct Me<'a> {
    pub(crate) id: ProcessId,
    pub(crate) step: u32,
    pub(crate) node: &'a str,
    pub(crate) who: &'a Principal,
    pub(crate) task: Option<TaskId>,
}

impl Work {
    /// A plain start.
    pub(crate) fn start(vmid: Vmid) -> Self {
        Self::Power(PowerWork::new(vmid, Power::Start, false))
    }

    /// The lock that this work writes into the configuration of a VM for as long as it takes.
    pub(super) fn lock(&self) -> Option<(Vmid, &'static str)> {
        Some(match self {
            Self::Backup(work) => (work.locked()?, "backup"),
            Self::Clone(work) => (work.target, "clone"),
            Self::Create(work) => (work.vmid, "create"),
            Self::Destroy(work) => (work.vmid, "destroyed"),
            Self::Migrate(work) => (work.vmid, "migrate"),
            Self::Power(work) if work.power == Power::Hibernate => (work.vmid, "suspending"),
            Self::Restore(work) => (work.vmid, "create"),
            Self::Rollback(work) => (work.vmid, "rollback"),
            Self::Snapshot(work) => (work.vmid, work.job.lock()?),
            _ => return None,
        })
    }

    /// Does the next step of a process.
    pub(super) fn step(world: &mut World, id: ProcessId, process: &mut Process) -> Next {
        let Process { work, step, node, who, task, warnings, .. } = process;
        let me = Me { id, step: *step, node, who, task: *task };
        match work {
            Self::Backup(work) => work.step(world, &me),
            Self::Bulk(work) => work.step(world, &me),
            Self::Cleanup(work) => work.step(world, &me),
            Self::Clone(work) => work.step(world, &me),
            Self::Create(work) => work.step(world, &me),
            Self::Config(work) => work.step(world, &me),
            Self::Console(work) => work.step(me.step),
            Self::Destroy(work) => work.step(world, &me, warnings),
            Self::Download(work) => work.step(world, &me),
            Self::Ha(work) => work.step(world, &me),
            Self::Migrate(work) => work.step(world, &me),
            Self::MoveDisk(work) => work.step(world, &me),
            Self::Reassign(work) => work.step(world, &me),
            Self::Power(work) => work.step(world, &me),
            Self::Prune(work) => work.step(world, &me),
            Self::Resize(work) => work.step(world, &me),
            Self::Rollback(work) => work.step(world, &me),
            Self::Snapshot(work) => work.step(world, &me),
            Self::Restore(work) => work.step(world, &me),
            Self::Template(work) => work.step(world, &me),
            Self::Volume(work) => work.step(world, &me),
        }
    }

    /// A flock did not come in time; true when the work goes on without.
    pub(super) fn lock_refused(world: &mut World, id: ProcessId, process: &mut Process) -> bool {
        let Process { work: Self::Backup(work), step, node, who, task, .. } = process else { return false };
        work.lock_refused(world, &Me { id, step: *step, node, who, task: *task });
        true
    }

    /// Cleans up after SIGTERM and says how the task ends.
    pub(super) fn interrupted(world: &mut World, id: ProcessId, process: &mut Process) -> String {
        let Process { work, step, node, who, task, .. } = process;
        let me = Me { id, step: *step, node, who, task: *task };
        match work {
            Self::Backup(work) => work.interrupted(world, &me),
            Self::Clone(work) => work.interrupted(world),
            Self::Create(work) => work.interrupted(world),
            Self::Migrate(work) => work.interrupted(world, *step),
            Self::MoveDisk(work) => work.interrupted(world),
            Self::Restore(work) => work.interrupted(world),
            Self::Snapshot(work) => work.interrupted(world, *step),
            _ => "received interrupt".to_owned(),
        }
    }
}

/// The text of a configuration lock, if there is one.
pub(crate) fn lock_text(lock: Option<&str>) -> Result<(), String> {
    lock.map_or(Ok(()), |lock| Err(format!("VM is locked ({lock})")))
}
