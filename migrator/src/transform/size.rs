//! Adds up what a service's answers say about its size.

use std::collections::HashMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::value::{Operation, Resource};

/// What was said of one resource.
#[derive(Debug, Clone, Default)]
struct Said {
    /// Rows that set it, with what; `None` without a limit.
    sets: Vec<(usize, Option<Decimal>)>,
    adds: Decimal,
    times: Option<Decimal>,
    unclear: bool,
}

/// What was said of every resource. Rows are known by their place in the list of outcomes.
#[derive(Debug, Clone, Default)]
pub struct Sizes {
    said: [Said; Resource::ALL.len()],
}

/// A resource's size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    Exactly(u64),
    Unlimited,
    /// Nothing was said, and the product says nothing.
    Unsaid,
    /// Something was said that nobody can be sure of.
    Unclear,
}

impl Size {
    pub fn known(self) -> Option<u64> {
        match self {
            Self::Exactly(size) => Some(size),
            Self::Unlimited | Self::Unsaid | Self::Unclear => None,
        }
    }
}

impl Sizes {
    pub fn say(&mut self, row: usize, resource: Resource, operation: Operation, amount: Decimal) {
        let said = &mut self.said[resource as usize];
        match operation {
            Operation::Set => said.sets.push((row, Some(amount))),
            Operation::Add => said.adds += amount,
            Operation::Multiply => said.times = Some(said.times.unwrap_or(Decimal::ONE) * amount),
        }
    }

    pub fn unlimited(&mut self, row: usize, resource: Resource) {
        self.said[resource as usize].sets.push((row, None));
    }

    pub fn unclear(&mut self, resource: Resource) {
        self.said[resource as usize].unclear = true;
    }

    /// Rows that set one resource to different amounts; it is unclear from then on.
    pub fn conflicts(&mut self) -> Vec<(Resource, Vec<usize>)> {
        let mut conflicts = Vec::new();
        for resource in Resource::ALL {
            let said = &mut self.said[resource as usize];
            let [(_, first), rest @ ..] = said.sets.as_slice() else { continue };
            if rest.iter().any(|(_, amount)| amount != first) {
                said.unclear = true;
                conflicts.push((resource, said.sets.iter().map(|(row, _)| *row).collect()));
            }
        }
        conflicts
    }

    /// First what sets, else the product's own; then what multiplies; then what adds.
    pub fn of(&self, resource: Resource, base: &HashMap<Resource, u64>) -> Size {
        let said = &self.said[resource as usize];
        if said.unclear {
            return Size::Unclear;
        }
        let has_said_more = !said.adds.is_zero() || said.times.is_some();
        let start = match said.sets.first() {
            Some((_, None)) => return Size::Unlimited,
            Some((_, Some(amount))) => *amount,
            None => match base.get(&resource) {
                Some(base) => Decimal::from(*base),
                // Nothing but extras of things that are counted: there are that many.
                None if has_said_more && !resource.needs_unit() && resource != Resource::Cores => Decimal::ZERO,
                None if has_said_more => return Size::Unclear,
                None => return Size::Unsaid,
            },
        };
        let size = start.checked_mul(said.times.unwrap_or(Decimal::ONE)).and_then(|size| size.checked_add(said.adds));
        match size {
            Some(size) if size.is_integer() => size.to_u64().map_or(Size::Unclear, Size::Exactly),
            _ => Size::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(amount: u64) -> HashMap<Resource, u64> {
        HashMap::from([(Resource::Memory, amount)])
    }

    #[test]
    fn what_sets_replaces_the_products_own_then_it_is_multiplied_then_added_to() {
        let mut sizes = Sizes::default();
        assert_eq!(sizes.of(Resource::Memory, &base(1024)), Size::Exactly(1024));
        sizes.say(0, Resource::Memory, Operation::Add, 512.into());
        assert_eq!(sizes.of(Resource::Memory, &base(1024)), Size::Exactly(1536));
        sizes.say(1, Resource::Memory, Operation::Multiply, 2.into());
        assert_eq!(sizes.of(Resource::Memory, &base(1024)), Size::Exactly(2560));
        sizes.say(2, Resource::Memory, Operation::Set, 4096.into());
        assert_eq!(sizes.of(Resource::Memory, &base(1024)), Size::Exactly(8704));
    }

    #[test]
    fn two_that_set_the_same_agree_and_two_that_differ_leave_it_unclear() {
        let mut sizes = Sizes::default();
        sizes.say(0, Resource::Memory, Operation::Set, 2048.into());
        sizes.say(1, Resource::Memory, Operation::Set, 2048.into());
        assert!(sizes.conflicts().is_empty());
        sizes.say(2, Resource::Memory, Operation::Set, 4096.into());
        assert_eq!(sizes.conflicts(), [(Resource::Memory, vec![0, 1, 2])]);
        assert_eq!(sizes.of(Resource::Memory, &base(1)), Size::Unclear);
    }

    #[test]
    fn an_extra_on_top_of_nothing_known_is_unclear_but_for_things_that_are_counted() {
        let mut sizes = Sizes::default();
        sizes.say(0, Resource::Disk, Operation::Add, 10.into());
        sizes.say(1, Resource::Backups, Operation::Add, 3.into());
        assert_eq!(sizes.of(Resource::Disk, &HashMap::new()), Size::Unclear);
        assert_eq!(sizes.of(Resource::Backups, &HashMap::new()), Size::Exactly(3));
        assert_eq!(sizes.of(Resource::Memory, &HashMap::new()), Size::Unsaid);
    }
}
