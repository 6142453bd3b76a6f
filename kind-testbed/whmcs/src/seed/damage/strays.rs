//! Rows that belong to nothing.

use super::NOWHERE;
use crate::{
    SeedError, insert,
    seed::{
        Generator,
        catalogue::{Module, Role},
        dice::Dice,
        people::Client,
        services::{Answer, Status, Tells, Value, Wish},
    },
};

#[derive(Debug, Clone, Copy)]
pub enum Stray {
    ClientGone,
    ServiceGone,
    RowWithoutService,
}

impl Stray {
    pub const ALL: [Self; 3] = [Self::ClientGone, Self::ServiceGone, Self::RowWithoutService];

    const fn tag(self) -> &'static str {
        match self {
            Self::ClientGone => "trap-17",
            Self::ServiceGone => "trap-23",
            Self::RowWithoutService => "trap-30",
        }
    }
}

impl Generator {
    /// Rows around a service that is not there, or around a client who is not.
    pub fn write_stray(&mut self, client: &Client, stray: Stray, dice: &mut Dice) -> Result<(), SeedError> {
        self.count(stray.tag());
        let gone = NOWHERE + client.id;
        match stray {
            Stray::ClientGone => {
                let nobody = Client { id: gone, ..client.clone() };
                let wish = Wish { module: Some(Module::Pvewhmcs), status: Some(Status::Active), product: None };
                let mut service = self.make_service(&nobody, wish, dice);
                service.currency = None;
                service.answers.clear();
                service.values.clear();
                service.ssh_keys.clear();
                service.resize(self.catalogue.products[service.product].base);
                service.damage.push(stray.tag());
                self.write_service(&service, dice)
            }
            Stray::ServiceGone => {
                let answer = Answer {
                    id: self.ids.answer(),
                    relid: gone,
                    config: 1,
                    choice: 1,
                    quantity: 0,
                    tells: Tells::Astray,
                    role: Role::Memory,
                    adds: false,
                    amount: 1024,
                    label: String::new(),
                };
                self.write_answer(&answer)?;
                let text = "4|Manchester".to_owned();
                let (tells, role, owner) = (Tells::Astray, Role::Region, "product");
                let id = self.ids.value();
                self.write_value(&Value { id, field: 2, relid: gone, text, tells, role, owner })
            }
            Stray::RowWithoutService => {
                let vmid = self.vmid_offset * 3 + client.id;
                insert!(
                    self.sink,
                    mod_pvewhmcs_vms {
                        id: gone,
                        vmid: vmid,
                        node_id: 1i64,
                        user_id: client.id,
                        vtype: "qemu",
                        ipaddress: "192.0.2.99",
                        subnetmask: "255.255.255.0",
                        gateway: "192.0.2.1",
                    }
                );
                self.write_orphan(vmid)
            }
        }
    }
}
