//! A service: its columns, its answers and values, its machine, and what all of it tells.

use chrono::NaiveDate;

use super::{
    catalogue::{Module, Role},
    truth::Expected,
};
use crate::load::Cents;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Active,
    Suspended,
    Terminated,
    Cancelled,
    Fraud,
    Completed,
}

impl Status {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Active => "Active",
            Self::Suspended => "Suspended",
            Self::Terminated => "Terminated",
            Self::Cancelled => "Cancelled",
            Self::Fraud => "Fraud",
            Self::Completed => "Completed",
        }
    }

    /// Whether there is a machine.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::Suspended)
    }
}

/// What WHMCS writes, what the truth says, and how many months are paid at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cycle {
    pub text: &'static str,
    pub name: &'static str,
    pub months: u32,
}

impl Cycle {
    pub const ALL: [Self; 8] = [
        Self { text: "Monthly", name: "monthly", months: 1 },
        Self { text: "Quarterly", name: "quarterly", months: 3 },
        Self { text: "Semi-Annually", name: "semi-annually", months: 6 },
        Self { text: "Annually", name: "annually", months: 12 },
        Self { text: "Biennially", name: "biennially", months: 24 },
        Self { text: "Triennially", name: "triennially", months: 36 },
        Self { text: "Free Account", name: "free", months: 0 },
        Self { text: "One Time", name: "one-time", months: 0 },
    ];
}

/// What an answer or a value tells about its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// What it says.
    Fact,
    /// Nothing: there should be an answer, and this is none.
    Broken(Expected),
    /// It is of something else, and left behind.
    Astray,
}

#[derive(Debug, Clone)]
pub struct Answer {
    pub id: u32,
    pub relid: u32,
    pub config: u32,
    pub choice: u32,
    pub quantity: i64,
    pub tells: Tells,
    pub role: Role,
    pub adds: bool,
    /// In the role's unit.
    pub amount: u64,
    pub label: String,
}

#[derive(Debug, Clone)]
pub struct Value {
    pub id: u32,
    pub field: u32,
    pub relid: u32,
    pub text: String,
    pub tells: Tells,
    pub role: Role,
    /// Whose field it is: client, product, addon, support.
    pub owner: &'static str,
}

#[derive(Debug)]
pub struct Service {
    pub id: u32,
    pub client: u32,
    pub currency: Option<&'static str>,
    /// An index.
    pub product: usize,
    pub product_id: u32,
    pub module: Module,
    pub status: Status,
    pub cycle: Cycle,
    pub cycle_text: &'static str,
    pub amount: Cents,
    pub first: Cents,
    pub registered: NaiveDate,
    pub next_due: Option<NaiveDate>,
    pub domain: String,
    pub username: String,
    pub password: String,
    pub quantity: u32,
    pub dedicated_ip: String,
    pub assigned_ips: String,
    pub server: u32,
    pub promotion: u32,
    pub suspend_reason: &'static str,
    pub answers: Vec<Answer>,
    pub values: Vec<Value>,
    pub link: Option<Link>,
    pub ssh_keys: Vec<String>,
    pub addresses: Vec<String>,
    /// The module's row outlived the service.
    pub row_kept: bool,
    pub due_lost: bool,
    pub damage: Vec<&'static str>,
}

/// The machine of a service, and how the module's table names it.
#[derive(Debug, Clone)]
pub struct Link {
    pub site: &'static str,
    pub node: &'static str,
    pub vmid: u32,
    /// What stands in the module's table.
    pub written: Option<u32>,
    /// Whether anything in the database names it.
    pub known: bool,
    /// Another service claims it too.
    pub disputed: bool,
    /// Cores, MiB, GiB of the machine itself.
    pub size: [u64; 3],
}

/// What a service is wanted to be, where that matters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wish {
    pub module: Option<Module>,
    pub status: Option<Status>,
    pub product: Option<usize>,
}

impl Service {
    /// Makes the machine of the size that is billed.
    pub fn resize(&mut self, base: Option<[u64; 3]>) {
        let size = self.size(base).map(|fact| fact.unwrap_or(1));
        if let Some(link) = &mut self.link {
            link.size = size;
        }
    }

    /// Cores, MiB, GiB as the answers say, or the product where nobody asked.
    pub fn size(&self, base: Option<[u64; 3]>) -> [Option<u64>; 3] {
        size(&self.answers, base)
    }
}

fn size(answers: &[Answer], base: Option<[u64; 3]>) -> [Option<u64>; 3] {
    let roles = [Role::Cores, Role::Memory, Role::Disk];
    std::array::from_fn(|place| {
        let of = |adds: bool| answers.iter().filter(move |a| a.role == roles[place] && a.adds == adds);
        let is_lost = |adds: bool| of(adds).any(|answer| matches!(answer.tells, Tells::Broken(_)));
        // An answer that stands there twice counts once.
        let told =
            |adds: bool| of(adds).filter(|answer| answer.tells == Tells::Fact).map(|answer| answer.amount).next();
        if is_lost(false) || is_lost(true) {
            return None;
        }
        let set = told(false).or_else(|| base.map(|base| base[place]))?;
        Some(set + told(true).unwrap_or(0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(role: Role, adds: bool, amount: u64, tells: Tells) -> Answer {
        let label = String::new();
        Answer { id: 1, relid: 101, config: 1, choice: 1, quantity: 0, tells, role, adds, amount, label }
    }

    #[test]
    fn a_size_is_what_is_answered_and_added_else_the_products_else_unknown() {
        let (base, fact) = (Some([1, 1024, 20]), Tells::Fact);
        let broken = Tells::Broken(Expected::Finding);
        for (answers, base, memory) in [
            (vec![], base, Some(1024)),
            (vec![], None, None),
            (vec![answer(Role::Memory, false, 4096, fact)], base, Some(4096)),
            (vec![answer(Role::Memory, true, 2048, fact)], base, Some(3072)),
            (vec![answer(Role::Memory, false, 4096, broken)], base, None),
            (vec![answer(Role::Memory, false, 4096, fact), answer(Role::Memory, true, 1024, broken)], base, None),
            (vec![answer(Role::Memory, false, 4096, Tells::Astray)], base, Some(1024)),
            (vec![answer(Role::Memory, false, 4096, fact), answer(Role::Memory, false, 4096, fact)], base, Some(4096)),
        ] {
            assert_eq!(size(&answers, base)[1], memory, "{answers:?}");
        }
    }
}
