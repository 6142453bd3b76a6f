//! What is made, listed and renamed by its name and has a comment: address sets and security groups. Only the words
//! differ.

use std::collections::BTreeMap;

use super::{Call, Handled, Reply, firewall, firewall_mut, unmodified, with_digest};
use crate::{
    error::ApiError,
    model::firewall::{Firewall, IpSet, Properties, SecurityGroup, digest},
    world::World,
};

pub(super) trait Named: Default {
    /// The parameter that names one.
    const NAME: &str;
    /// What refusals call it.
    const WORD: &str;

    fn all(firewall: &Firewall) -> &BTreeMap<String, Self>;
    fn all_mut(firewall: &mut Firewall) -> &mut BTreeMap<String, Self>;
    fn comment(&self) -> Option<&String>;
    fn set_comment(&mut self, comment: String);
}

impl Named for IpSet {
    const NAME: &str = "name";
    const WORD: &str = "IPSet";

    fn all(firewall: &Firewall) -> &BTreeMap<String, Self> {
        &firewall.sets
    }

    fn all_mut(firewall: &mut Firewall) -> &mut BTreeMap<String, Self> {
        &mut firewall.sets
    }

    fn comment(&self) -> Option<&String> {
        self.comment.as_ref()
    }

    fn set_comment(&mut self, comment: String) {
        self.comment = Some(comment);
    }
}

impl Named for SecurityGroup {
    const NAME: &str = "group";
    const WORD: &str = "Security group";

    fn all(firewall: &Firewall) -> &BTreeMap<String, Self> {
        &firewall.groups
    }

    fn all_mut(firewall: &mut Firewall) -> &mut BTreeMap<String, Self> {
        &mut firewall.groups
    }

    fn comment(&self) -> Option<&String> {
        self.comment.as_ref()
    }

    fn set_comment(&mut self, comment: String) {
        self.comment = Some(comment);
    }
}

/// Names with their comments, as lists and their digests are made.
fn rows<T: Named>(firewall: &Firewall) -> Vec<Properties> {
    let row = |name: &String, one: &T| {
        let comment = one.comment().map(|text| ("comment".to_owned(), text.clone()));
        comment.into_iter().chain([(T::NAME.to_owned(), name.clone())]).collect()
    };
    T::all(firewall).iter().map(|(name, one)| row(name, one)).collect()
}

pub(super) fn list<T: Named>(world: &mut World, call: &Call) -> Handled {
    let rows = rows::<T>(&firewall(world, call));
    let digest = digest(&rows);
    Ok(Reply::Data(rows.iter().map(|row| with_digest(row, &digest)).collect()))
}

/// A new one, or with `rename` another name or comment for one.
pub(super) fn create<T: Named>(world: &mut World, call: &Call) -> Handled {
    let name = call.required(T::NAME);
    let known = firewall(world, call);
    unmodified(call, &digest(&rows::<T>(&known)))?;
    let refuse = |name: &str, what: &str| Err(ApiError::param(T::NAME, format!("{} '{name}' {what}", T::WORD)));
    let old = call.get("rename");
    if let Some(old) = old.filter(|old| !T::all(&known).contains_key(*old)) {
        return refuse(old, "does not exist");
    }
    if old != Some(name) && T::all(&known).contains_key(name) {
        return refuse(name, "already exists");
    }
    let all = T::all_mut(firewall_mut(world, call));
    let mut one = old.and_then(|old| all.remove(old)).unwrap_or_default();
    if let Some(comment) = call.owned("comment") {
        one.set_comment(comment);
    }
    all.insert(name.to_owned(), one);
    Ok(Reply::NULL)
}
