//! Columns of the service itself.

use super::Damage;
use crate::{
    load::Cents,
    seed::{catalogue::Role, services::Service},
};

pub fn spoil(damage: Damage, service: &mut Service) -> bool {
    match damage {
        Damage::NoHostname => {
            let elsewhere = service.values.iter().any(|value| value.role == Role::Hostname);
            if elsewhere || service.domain.is_empty() {
                return false;
            }
            service.domain.clear();
            // Agreed on the telephone.
            service.amount = Cents(777);
            service.quantity = 0;
        }
        Damage::NoDueDate if service.status.is_live() && service.next_due.is_some() => {
            service.next_due = None;
            service.due_lost = true;
        }
        Damage::CycleSpelling if service.cycle_text == service.cycle.text => {
            service.cycle_text = match service.cycle.name {
                "free" => "Free",
                "one-time" => "Onetime",
                "semi-annually" => "semiannually",
                name => name,
            };
        }
        Damage::PasswordJunk => "changed by hand!".clone_into(&mut service.password),
        _ => return false,
    }
    true
}
