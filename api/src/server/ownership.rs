//! Whose field it is. Only Git refuses a dashboard write: its next sync would undo it. A person's field is overridden.

use sqlx::PgConnection;

use crate::id::ServerId;
use crate::problem::{Kind, Problem};
use crate::server::spec::Field;
use crate::text_enum::text_enum;

text_enum!(
    /// What a field manager is.
    OwnerKind { Slipway = "slipway", Git = "git", Person = "person" }
);

/// Tells Git's field managers from people's.
#[derive(Debug, Clone)]
pub struct Managers {
    git: Vec<String>,
}

impl Managers {
    /// Names of managers that are Git; a trailing `*` matches the rest.
    pub const fn new(git: Vec<String>) -> Self {
        Self { git }
    }

    pub fn kind(&self, manager: &str) -> OwnerKind {
        let matches = |pattern: &String| match pattern.strip_suffix('*') {
            Some(prefix) => manager.starts_with(prefix),
            None => manager == pattern,
        };
        match manager {
            slipway_crds::names::MANAGER_API | slipway_crds::names::MANAGER_OPERATOR => OwnerKind::Slipway,
            _ if self.git.iter().any(matches) => OwnerKind::Git,
            _ => OwnerKind::Person,
        }
    }
}

/// Refuses a change of fields that Git holds, naming the owner.
pub async fn refuse_git(connection: &mut PgConnection, server: ServerId, fields: &[Field]) -> Result<(), Problem> {
    let names: Vec<String> = fields.iter().map(ToString::to_string).collect();
    let held = sqlx::query!(
        "select field, manager from server_field_owners
         where server_id = $1 and kind = 'git' and field = any($2) order by field, manager limit 1",
        server.0,
        &names
    )
    .fetch_optional(connection)
    .await?;
    match held {
        None => Ok(()),
        Some(held) => Err(Problem::new(
            Kind::OwnedByGit,
            format!("spec.{} is managed by {}: change it in Git, or it would be put back.", held.field, held.manager),
        )),
    }
}

/// What Git holds of a server: a field, as `planRef`, or an entry of a list, as `disks/data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub path: String,
    pub manager: String,
}

pub async fn held_by_git(connection: &mut PgConnection, server: ServerId) -> Result<Vec<Held>, sqlx::Error> {
    sqlx::query_as!(
        Held,
        "select field as path, manager from server_field_owners where server_id = $1 and kind = 'git' order by field, manager",
        server.0
    )
    .fetch_all(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managers_are_told_apart_by_the_patterns() {
        let managers = Managers::new(vec!["argocd-*".into(), "kustomize-controller".into()]);
        assert_eq!(managers.kind("argocd-controller"), OwnerKind::Git);
        assert_eq!(managers.kind("kustomize-controller"), OwnerKind::Git);
        assert_eq!(managers.kind("kustomize-controller-2"), OwnerKind::Person);
        assert_eq!(managers.kind("kubectl-client-side-apply"), OwnerKind::Person);
        assert_eq!(managers.kind("slipway-api"), OwnerKind::Slipway);
    }
}
