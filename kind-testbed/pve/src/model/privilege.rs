//! The privileges of Proxmox VE 9.2 and its built-in roles (pve-access-control, `AccessControl.pm`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Every privilege, sorted by name. The position is the bit.
pub const PRIVILEGES: [&str; 47] = [
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Datastore.AllocateTemplate",
    "Datastore.Audit",
    "Group.Allocate",
    "Mapping.Audit",
    "Mapping.Modify",
    "Mapping.Use",
    "Permissions.Modify",
    "Pool.Allocate",
    "Pool.Audit",
    "Realm.Allocate",
    "Realm.AllocateUser",
    "SDN.Allocate",
    "SDN.Audit",
    "SDN.Use",
    "Sys.AccessNetwork",
    "Sys.Audit",
    "Sys.Console",
    "Sys.Incoming",
    "Sys.Modify",
    "Sys.PowerMgmt",
    "Sys.Syslog",
    "User.Modify",
    "VM.Allocate",
    "VM.Audit",
    "VM.Backup",
    "VM.Clone",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Cloudinit",
    "VM.Config.Disk",
    "VM.Config.HWType",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.Options",
    "VM.Console",
    "VM.GuestAgent.Audit",
    "VM.GuestAgent.FileRead",
    "VM.GuestAgent.FileSystemMgmt",
    "VM.GuestAgent.FileWrite",
    "VM.GuestAgent.Unrestricted",
    "VM.Migrate",
    "VM.PowerMgmt",
    "VM.Replicate",
    "VM.Snapshot",
    "VM.Snapshot.Rollback",
];

/// A set of privileges.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Privileges(u64);

impl Privileges {
    pub const NONE: Self = Self(0);

    /// All there are.
    pub const fn all() -> Self {
        Self((1 << PRIVILEGES.len()) - 1)
    }

    /// The set of one privilege; `None` when Proxmox VE has no such privilege.
    pub fn of(name: &str) -> Option<Self> {
        let bit = PRIVILEGES.binary_search(&name).ok()?;
        Some(Self(1 << bit))
    }

    fn matching(pick: impl Fn(&str) -> bool) -> Self {
        PRIVILEGES.iter().filter(|name| pick(name)).filter_map(|name| Self::of(name)).fold(Self::NONE, Self::union)
    }

    fn named(names: &[&str]) -> Self {
        Self::matching(|name| names.contains(&name))
    }

    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn contains(self, name: &str) -> bool {
        Self::of(name).is_some_and(|one| self.0 & one.0 != 0)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn names(self) -> impl Iterator<Item = &'static str> {
        PRIVILEGES.iter().enumerate().filter(move |(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name)
    }
}

impl fmt::Debug for Privileges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl Serialize for Privileges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

impl<'de> Deserialize<'de> for Privileges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Self::of(name)).fold(Self::NONE, Self::union))
    }
}

/// The roles that exist on every installation and cannot be changed.
pub fn built_in_roles() -> Vec<(&'static str, Privileges)> {
    let prefix = |start: &'static str| Privileges::matching(move |name| name.starts_with(start));
    let audit = Privileges::matching(|name| name.ends_with(".Audit"));
    let root_only = Privileges::named(&[
        "Mapping.Modify",
        "Permissions.Modify",
        "Realm.Allocate",
        "Sys.AccessNetwork",
        "Sys.Incoming",
        "Sys.Modify",
        "Sys.PowerMgmt",
    ]);
    let vm_user = Privileges::named(&[
        "VM.Audit",
        "VM.Backup",
        "VM.Config.CDROM",
        "VM.Config.Cloudinit",
        "VM.Console",
        "VM.GuestAgent.Audit",
        "VM.PowerMgmt",
    ]);
    vec![
        ("Administrator", Privileges::all()),
        ("NoAccess", Privileges::NONE),
        ("PVEAdmin", Privileges::all().without(root_only)),
        ("PVEAuditor", audit),
        ("PVEDatastoreAdmin", prefix("Datastore.")),
        ("PVEDatastoreUser", Privileges::named(&["Datastore.AllocateSpace", "Datastore.Audit"])),
        ("PVEMappingAdmin", prefix("Mapping.")),
        ("PVEMappingAuditor", Privileges::named(&["Mapping.Audit"])),
        ("PVEMappingUser", Privileges::named(&["Mapping.Audit", "Mapping.Use"])),
        ("PVEPoolAdmin", prefix("Pool.")),
        ("PVEPoolUser", Privileges::named(&["Pool.Audit"])),
        ("PVESDNAdmin", prefix("SDN.")),
        ("PVESDNUser", Privileges::named(&["SDN.Audit", "SDN.Use"])),
        ("PVESysAdmin", Privileges::named(&["Sys.Audit", "Sys.Console", "Sys.Syslog"])),
        ("PVETemplateUser", Privileges::named(&["VM.Audit", "VM.Clone"])),
        ("PVEUserAdmin", Privileges::named(&["Group.Allocate", "Realm.AllocateUser", "User.Modify"])),
        ("PVEVMAdmin", prefix("VM.")),
        ("PVEVMUser", vm_user),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a user with `PVEAdmin` on `/` reads it from `/access/permissions` of a real 9.2.
    #[test]
    fn pve_admin_holds_all_but_what_only_root_may_do() {
        let roles = built_in_roles();
        let admin = roles.iter().find(|(name, _)| *name == "PVEAdmin").unwrap().1;
        assert_eq!(admin.names().count(), 40);
        assert!(admin.contains("Mapping.Use") && !admin.contains("Mapping.Modify"));
        assert!(!admin.contains("Permissions.Modify") && !admin.contains("Sys.Modify"));
    }

    #[test]
    fn the_names_are_sorted_so_that_they_are_found() {
        assert!(PRIVILEGES.is_sorted());
        assert_eq!(Privileges::all().names().count(), PRIVILEGES.len());
    }

    #[test]
    fn a_set_survives_json() {
        let set = Privileges::all();
        let text = serde_json::to_string(&set).unwrap();
        assert_eq!(serde_json::from_str::<Privileges>(&text).unwrap(), set);
    }
}
