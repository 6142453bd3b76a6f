//! What the hypervisor holds: the machines of live services, but for some that are missing, some that are of another size,
//! and some that are nobody's.

use serde::{Deserialize, Serialize};

use super::{
    Generator,
    dice::Dice,
    services::{Service, Status},
};
use crate::SeedError;

/// A virtual machine to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    pub vmid: u32,
    pub node: String,
    pub name: String,
    pub cores: u64,
    pub memory_mib: u64,
    pub disk_gib: u64,
    pub address: String,
    pub mac: String,
    pub running: bool,
    pub tags: Vec<String>,
}

/// A machine's only card, by its number.
pub fn mac(vmid: u32) -> String {
    let [_, a, b, c] = vmid.to_be_bytes();
    format!("BC:24:11:{a:02X}:{b:02X}:{c:02X}")
}

impl Generator {
    pub fn write_machine(&mut self, service: &Service, dice: &mut Dice) -> Result<(), SeedError> {
        let Some(link) = &service.link else { return Ok(()) };
        let [cores, memory_mib, disk_gib] = link.size;
        let mut machine = Machine {
            vmid: link.vmid,
            node: link.node.to_owned(),
            name: if service.domain.is_empty() { format!("vps{}", service.id) } else { service.domain.clone() },
            cores,
            memory_mib,
            disk_gib,
            address: service.dedicated_ip.clone(),
            mac: mac(link.vmid),
            running: service.status == Status::Active,
            tags: vec!["whmcs".to_owned()],
        };
        // The first ones are those that people look at.
        let odd = if service.client > 3 { self.owed.machines.pop() } else { None }
            .or_else(|| (service.client > 3 && dice.chance(self.messiness / 3.0)).then(|| *dice.pick(&Odd::ALL)));
        match odd {
            Some(Odd::Missing) => {
                self.count("machine-missing");
                return Ok(());
            }
            Some(Odd::Altered) => {
                machine.memory_mib *= 2;
                machine.cores += 1;
                self.count("machine-altered");
            }
            Some(Odd::Nobodys) => {
                let vmid = link.vmid + self.vmid_offset;
                let other = Machine {
                    vmid,
                    name: "forgotten-test".to_owned(),
                    mac: mac(vmid),
                    address: String::new(),
                    ..machine.clone()
                };
                self.count("machine-nobodys");
                self.machines.write(&other)?;
            }
            None => {}
        }
        self.machines.write(&machine)
    }

    /// The machine of a service that nobody knows any more.
    pub fn write_orphan(&mut self, vmid: u32) -> Result<(), SeedError> {
        self.machines.write(&Machine {
            vmid,
            node: "pve1".to_owned(),
            name: format!("vps{vmid}-cus0"),
            cores: 1,
            memory_mib: 1024,
            disk_gib: 20,
            address: String::new(),
            mac: mac(vmid),
            running: true,
            tags: vec!["whmcs".to_owned()],
        })
    }
}

/// What may be wrong with a machine.
#[derive(Debug, Clone, Copy)]
pub enum Odd {
    Missing,
    Altered,
    Nobodys,
}

impl Odd {
    pub const ALL: [Self; 3] = [Self::Missing, Self::Altered, Self::Nobodys];
}
