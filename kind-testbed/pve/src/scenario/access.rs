//! Roles, users, tokens and permissions.

use std::sync::Arc;

use super::{ScenarioError, file::File, wrong};
use crate::{
    model::{
        access::{AclEntry, Role, SubjectKind, Token, User, hash_password},
        privilege::{PRIVILEGES, Privileges},
    },
    world::World,
};

pub(super) fn add(world: &mut World, file: &File) -> Result<(), ScenarioError> {
    add_roles(world, file)?;
    add_users(world, file)?;
    for item in &file.acl {
        let entry = &item.value;
        let (kind, subject) = match (&entry.user, &entry.token) {
            (Some(user), None) => (SubjectKind::User, user),
            (None, Some(token)) => (SubjectKind::Token, token),
            _ => return Err(wrong(item, "an acl entry names one of user and token")),
        };
        if !world.access.users.contains_key(subject) && !world.access.tokens.contains_key(subject) {
            return Err(wrong(item, format!("there is no user or token '{subject}'")));
        }
        if !world.access.roles.contains_key(&entry.role) {
            let known: Vec<&str> = world.access.roles.keys().map(String::as_str).collect();
            return Err(wrong(item, format!("there is no role '{}'; known: {}", entry.role, known.join(", "))));
        }
        if !entry.path.starts_with('/') {
            return Err(wrong(item, format!("'{}' is no path of an acl; expected such as /vms/100", entry.path)));
        }
        let entry = AclEntry {
            path: entry.path.clone(),
            kind,
            subject: subject.clone(),
            role: entry.role.clone(),
            propagate: entry.propagate,
        };
        Arc::make_mut(&mut world.access).acl.push(entry);
    }
    Ok(())
}

fn add_roles(world: &mut World, file: &File) -> Result<(), ScenarioError> {
    for item in &file.roles {
        let mut all = Privileges::NONE;
        for name in &item.value.privileges {
            let known = || wrong(item, format!("there is no privilege '{name}'; known: {}", PRIVILEGES.join(", ")));
            all = all.union(Privileges::of(name).ok_or_else(known)?);
        }
        let role = Role { privileges: all, special: false };
        Arc::make_mut(&mut world.access).roles.insert(item.value.name.clone(), role);
    }
    Ok(())
}

fn add_users(world: &mut World, file: &File) -> Result<(), ScenarioError> {
    for item in &file.users {
        let name = &item.value.name;
        if !name.contains('@') {
            return Err(wrong(item, format!("'{name}' is no user; expected with its realm, such as {name}@pve")));
        }
        let password = item.value.password.as_deref().map(hash_password);
        for token in &item.value.tokens {
            let secret = token.secret.clone().unwrap_or_else(|| world.random_uuid());
            let token_data = Token { secret, privsep: token.privsep, expire: 0, comment: None };
            Arc::make_mut(&mut world.access).tokens.insert(format!("{name}!{}", token.name), token_data);
        }
        let users = &mut Arc::make_mut(&mut world.access).users;
        let user = users.entry(name.clone()).or_insert(User { enabled: true, ..User::default() });
        if password.is_some() {
            user.password = password;
        }
    }
    Ok(())
}
