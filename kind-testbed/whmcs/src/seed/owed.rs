//! What has to come at least once, whatever chance says: a small database shows everything that a large one does.

use super::{
    Generator,
    damage::{Damage, clients::ClientDamage, strays::Stray},
    dice::Dice,
    machines::Odd,
    services::{Cycle, Status},
};

/// What happens in every business.
const ODDITIES: [&str; 13] = [
    "trap-31",
    "trap-32",
    "guest-ticket",
    "merged-ticket",
    "custom-addon",
    "draft-without-date",
    "lines-do-not-add-up",
    "cancel-request",
    "pending-upgrade",
    "credit-applied",
    "promotion",
    "mass-payment",
    "two-on-one-vm",
];

#[derive(Debug)]
pub struct Owed {
    pub statuses: Vec<Status>,
    pub cycles: Vec<Cycle>,
    pub services: Vec<Damage>,
    pub clients: Vec<ClientDamage>,
    pub strays: Vec<Stray>,
    pub machines: Vec<Odd>,
    oddities: Vec<&'static str>,
}

impl Owed {
    /// Every status and cycle; and all damage where there is to be any.
    pub fn new(messy: bool) -> Self {
        Self {
            statuses: vec![
                Status::Completed,
                Status::Fraud,
                Status::Cancelled,
                Status::Terminated,
                Status::Pending,
                Status::Suspended,
                Status::Active,
            ],
            cycles: Cycle::ALL.to_vec(),
            services: if messy { Damage::ALL.to_vec() } else { Vec::new() },
            clients: if messy { ClientDamage::ALL.to_vec() } else { Vec::new() },
            strays: if messy { Stray::ALL.to_vec() } else { Vec::new() },
            machines: if messy { Odd::ALL.to_vec() } else { Vec::new() },
            oddities: if messy { ODDITIES.to_vec() } else { Vec::new() },
        }
    }
}

impl Generator {
    pub fn owes(&self, oddity: &str) -> bool {
        self.owed.oddities.contains(&oddity)
    }

    /// Whether this oddity happens now: by chance, or because it has not happened yet.
    pub fn happens(&mut self, oddity: &'static str, percent: u32, dice: &mut Dice) -> bool {
        let happens = dice.percent(percent) || self.owes(oddity);
        if happens {
            self.happened(oddity);
        }
        happens
    }

    pub fn happened(&mut self, oddity: &'static str) {
        self.owed.oddities.retain(|owed| *owed != oddity);
        self.count(oddity);
    }
}
