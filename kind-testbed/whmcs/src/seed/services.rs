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
        [Role::Cores, Role::Memory, Role::Disk].map(|role| {
            let fallback = base.map(|base| {
                base[match role {
                    Role::Cores => 0,
                    Role::Memory => 1,
                    _ => 2,
                }]
            });
            let of = |adds: bool| self.answers.iter().filter(move |a| a.role == role && a.adds == adds);
            let sum = |adds: bool| -> Option<Option<u64>> {
                let mut found = None;
                for answer in of(adds) {
                    match answer.tells {
                        Tells::Fact => found = Some(Some(answer.amount)),
                        Tells::Broken(_) => return Some(None),
                        Tells::Astray => {}
                    }
                }
                found
            };
            let set = sum(false).unwrap_or(fallback)?;
            let extra = sum(true).unwrap_or(Some(0))?;
            Some(set + extra)
        })
    }
}
