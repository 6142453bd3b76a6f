//! Users, tokens, roles and the access control list, and what they add up to on a path.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::privilege::{Privileges, built_in_roles};

pub const ROOT: &str = "root@pam";

/// Who a checked call runs as.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Principal {
    /// `user@realm`.
    pub user: String,
    /// The token's id without the user.
    pub token: Option<String>,
}

impl Principal {
    pub fn user(user: &str) -> Self {
        Self { user: user.to_owned(), token: None }
    }

    /// `user@realm` or `user@realm!token`, as task ids carry it.
    pub fn authid(&self) -> String {
        match &self.token {
            Some(token) => format!("{}!{token}", self.user),
            None => self.user.clone(),
        }
    }

    /// Reads `user@realm[!token]`.
    pub fn parse(authid: &str) -> Self {
        match authid.split_once('!') {
            Some((user, token)) => Self { user: user.to_owned(), token: Some(token.to_owned()) },
            None => Self::user(authid),
        }
    }

    /// Only the login itself: a token of root is not root.
    pub fn is_root(&self) -> bool {
        self.user == ROOT && self.token.is_none()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    pub enabled: bool,
    /// Unix seconds; 0 means never.
    pub expire: u64,
    pub comment: Option<String>,
    /// SHA-256 of the password; a user without one cannot log in.
    pub password: Option<String>,
    pub groups: Vec<String>,
    /// `firstname`, `lastname`, `email`, `keys`.
    #[serde(default)]
    pub details: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Group {
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token {
    pub secret: String,
    pub privsep: bool,
    /// Unix seconds; 0 means never.
    pub expire: u64,
    pub comment: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Role {
    pub privileges: Privileges,
    /// Built in: cannot be changed or deleted.
    pub special: bool,
}

/// The kind of subject an ACL entry names, as `GET /access/acl` words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    User,
    Group,
    Token,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AclEntry {
    pub path: String,
    pub kind: SubjectKind,
    pub subject: String,
    pub role: String,
    pub propagate: bool,
}

/// Privileges on one path, and those of them that also hold below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effective {
    pub here: Privileges,
    pub below: Privileges,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    pub users: BTreeMap<String, User>,
    #[serde(default)]
    pub groups: BTreeMap<String, Group>,
    /// By `user@realm!token`.
    pub tokens: BTreeMap<String, Token>,
    pub roles: BTreeMap<String, Role>,
    pub acl: Vec<AclEntry>,
}

impl Access {
    /// The built-in roles and `root@pam`.
    pub fn fresh(root_password: &str) -> Self {
        let roles = built_in_roles()
            .into_iter()
            .map(|(name, privileges)| (name.to_owned(), Role { privileges, special: true }))
            .collect();
        let root = User { enabled: true, password: Some(hash_password(root_password)), ..User::default() };
        Self { users: BTreeMap::from([(ROOT.to_owned(), root)]), roles, ..Self::default() }
    }

    /// What `who` may do on `path`. `pool` is the pool the path's guest or storage belongs to.
    pub fn effective(&self, who: &Principal, path: &str, pool: Option<&str>) -> Effective {
        let Some(token) = &who.token else { return self.of_user(&who.user, path, pool) };
        let of_user = self.of_user(&who.user, path, pool);
        let authid = format!("{}!{token}", who.user);
        match self.tokens.get(&authid) {
            None => Effective::default(),
            Some(token) if !token.privsep => of_user,
            Some(_) => {
                let own = self.of_subject(SubjectKind::Token, &authid, &[], path, pool);
                Effective { here: own.here.intersection(of_user.here), below: own.below.intersection(of_user.below) }
            }
        }
    }

    fn of_user(&self, user: &str, path: &str, pool: Option<&str>) -> Effective {
        if user == ROOT {
            return Effective { here: Privileges::all(), below: Privileges::all() };
        }
        let groups = self.users.get(user).map_or(&[][..], |user| &user.groups);
        self.of_subject(SubjectKind::User, user, groups, path, pool)
    }

    fn of_subject(&self, kind: SubjectKind, id: &str, groups: &[String], path: &str, pool: Option<&str>) -> Effective {
        let mut all = self.along(kind, id, groups, path);
        if let Some(pool) = pool {
            // A pool's roles hold on its members themselves.
            let from_pool = self.along(kind, id, groups, &format!("/pool/{pool}"));
            all.here = all.here.union(from_pool.here);
            all.below = all.below.union(from_pool.below);
        }
        all
    }

    /// Walks from `/` down: entries on a deeper level replace those above; a user's own replace his groups'.
    fn along(&self, kind: SubjectKind, id: &str, groups: &[String], path: &str) -> Effective {
        let mut current: Vec<&AclEntry> = Vec::new();
        for level in levels(path) {
            let last = level == path;
            let holds = |entry: &&AclEntry| entry.path == level && (last || entry.propagate);
            let own: Vec<&AclEntry> =
                self.acl.iter().filter(holds).filter(|entry| entry.kind == kind && entry.subject == id).collect();
            let of_groups = || {
                self.acl
                    .iter()
                    .filter(holds)
                    .filter(|entry| entry.kind == SubjectKind::Group && groups.contains(&entry.subject))
                    .collect::<Vec<_>>()
            };
            let new = if own.is_empty() { of_groups() } else { own };
            if !new.is_empty() {
                current = new;
            }
        }
        if current.iter().any(|entry| entry.role == "NoAccess") {
            return Effective::default();
        }
        current.iter().fold(Effective::default(), |all, entry| {
            let role = self.roles.get(&entry.role).map_or(Privileges::NONE, |role| role.privileges);
            Effective {
                here: all.here.union(role),
                below: if entry.propagate { all.below.union(role) } else { all.below },
            }
        })
    }

    /// Forgets every entry about a path, as deleting a VM or a pool does.
    pub fn forget_path(&mut self, path: &str) {
        self.acl.retain(|entry| entry.path != path);
    }
}

/// `/a/b` → `/`, `/a`, `/a/b`.
fn levels(path: &str) -> impl Iterator<Item = &str> {
    let inner = path.char_indices().skip(1).filter(|(_, c)| *c == '/').map(|(at, _)| &path[..at]);
    let own = (path != "/").then_some(path);
    std::iter::once("/").chain(inner).chain(own)
}

/// SHA-256 in hex: the testbed keeps no clear passwords in its state file.
pub fn hash_password(password: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(password.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, kind: SubjectKind, subject: &str, role: &str, propagate: bool) -> AclEntry {
        AclEntry { path: path.into(), kind, subject: subject.into(), role: role.into(), propagate }
    }

    fn access(acl: Vec<AclEntry>) -> Access {
        let mut access = Access::fresh("x");
        access.users.insert("u@pve".into(), User { enabled: true, ..User::default() });
        let token = |privsep| Token { secret: "s".into(), privsep, expire: 0, comment: None };
        access.tokens.insert("u@pve!sep".into(), token(true));
        access.tokens.insert("u@pve!full".into(), token(false));
        access.acl = acl;
        access
    }

    #[test]
    fn a_deeper_entry_replaces_the_one_above() {
        let access = access(vec![
            entry("/", SubjectKind::User, "u@pve", "PVEAdmin", true),
            entry("/vms/100", SubjectKind::User, "u@pve", "NoAccess", true),
        ]);
        let user = Principal::user("u@pve");
        assert!(access.effective(&user, "/vms/101", None).here.contains("VM.Allocate"));
        assert!(access.effective(&user, "/vms/100", None).here.is_empty());
    }

    #[test]
    fn an_entry_without_propagation_holds_on_its_path_only() {
        let access = access(vec![entry("/vms", SubjectKind::User, "u@pve", "PVEVMAdmin", false)]);
        let user = Principal::user("u@pve");
        assert!(access.effective(&user, "/vms", None).here.contains("VM.Audit"));
        assert!(access.effective(&user, "/vms/100", None).here.is_empty());
    }

    #[test]
    fn a_separated_token_has_what_both_it_and_its_user_have() {
        let access = access(vec![
            entry("/vms", SubjectKind::User, "u@pve", "PVEAuditor", true),
            entry("/", SubjectKind::Token, "u@pve!sep", "PVEVMAdmin", true),
        ]);
        let separated = access.effective(&Principal::parse("u@pve!sep"), "/vms/100", None).here;
        assert!(separated.contains("VM.Audit") && !separated.contains("VM.Allocate"));
        let full = access.effective(&Principal::parse("u@pve!full"), "/vms/100", None).here;
        assert!(full.contains("Sys.Audit"));
    }

    #[test]
    fn pool_roles_hold_on_members() {
        let access = access(vec![entry("/pool/p", SubjectKind::User, "u@pve", "PVEVMAdmin", true)]);
        let user = Principal::user("u@pve");
        assert!(access.effective(&user, "/vms/100", Some("p")).here.contains("VM.Allocate"));
        assert!(access.effective(&user, "/vms/100", None).here.is_empty());
    }
}
