//! Which machine it is, and where it is reached: said twice, wrongly, or not at all.

use super::Damage;
use crate::seed::{
    Generator,
    catalogue::{Module, Role},
    services::{Service, Status, Tells, Value},
    truth::Expected,
};

impl Generator {
    pub fn spoil_link(&mut self, damage: Damage, service: &mut Service) -> bool {
        let module = service.module;
        if damage == Damage::RowKept {
            let fits = module == Module::Pvewhmcs && service.status == Status::Terminated && !service.row_kept;
            service.row_kept |= fits;
            return fits;
        }
        let Some(link) = &mut service.link else { return false };
        match damage {
            // An older version kept the service's number only.
            Damage::NoNumber if module == Module::Pvewhmcs && link.known && link.written == Some(link.vmid) => {
                link.vmid = service.id;
                link.written = None;
            }
            Damage::TwoNumbers if module == Module::Pvewhmcs && link.known && link.written == Some(link.vmid) => {
                let Some(index) = self.catalogue.unbound("VMID") else { return false };
                let field = self.catalogue.fields[index].id;
                if service.values.iter().any(|value| value.field == field) {
                    return false;
                }
                // The second is right: the module's own table says the same.
                for (text, tells) in
                    [(service.id.to_string(), Tells::Broken(Expected::Conflict)), (link.vmid.to_string(), Tells::Fact)]
                {
                    let (id, role, owner) = (self.ids.value(), Role::Vmid, "product");
                    service.values.push(Value { id, field, relid: service.id, text, tells, role, owner });
                }
            }
            // The module could not write its field.
            Damage::NumberMissing if matches!(module, Module::ModulesGarden | Module::SolusVm) && link.known => {
                link.known = false;
                for value in service.values.iter_mut().filter(|value| matches!(value.role, Role::Vmid | Role::Node)) {
                    value.text.clear();
                }
            }
            _ => return false,
        }
        true
    }

    pub fn spoil_addresses(&mut self, damage: Damage, service: &mut Service) -> bool {
        match (damage, service.link.is_some(), &self.last_address) {
            (Damage::MoreAddresses, true, _) if service.assigned_ips.is_empty() => {
                let six = format!("2001:db8:1::{:x}", service.id);
                let four = self.second_address(service.id);
                service.assigned_ips = format!("{six}/64\r\n {four} \r\n\r\n{}", service.dedicated_ip);
                service.addresses.extend([six, four]);
                true
            }
            // It went to somebody else since.
            (Damage::AddressKept, false, Some(address))
                if service.dedicated_ip.is_empty() && !service.status.is_live() =>
            {
                service.dedicated_ip.clone_from(address);
                true
            }
            _ => false,
        }
    }

    /// Two services that the module put on one machine: which is right, nobody can say.
    pub fn share_machine(&mut self, services: &mut [Service]) {
        let on_one = |service: &Service| {
            service.module == Module::Pvewhmcs
                && service.damage.is_empty()
                && service.link.as_ref().is_some_and(|link| link.written.is_some())
        };
        let mut found = services.iter_mut().filter(|service| on_one(service));
        let (Some(first), Some(second)) = (found.next(), found.next()) else { return };
        let number = first.link.as_ref().map(|link| link.vmid);
        for service in [first, second] {
            service.damage.push("two-on-one-vm");
            if let Some(link) = &mut service.link {
                link.written = number;
                link.disputed = true;
            }
        }
        self.happened("two-on-one-vm");
    }
}
