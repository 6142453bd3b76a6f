//! Values of fields that nobody offers, of another product, or double.

use super::Damage;
use crate::seed::{
    Generator,
    catalogue::Role,
    dice::Dice,
    services::{Service, Tells, Value},
    truth::Expected,
};

impl Generator {
    pub fn spoil_value(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
        let dropdown = |id: u32| self.catalogue.fields.iter().any(|field| field.id == id && field.kind == "dropdown");
        if damage == Damage::ValueOffList {
            let fields: Vec<u32> = service.values.iter().map(|value| value.field).collect();
            let once = |id: u32| fields.iter().filter(|field| **field == id).count() == 1;
            let is_sound =
                |value: &&mut Value| value.tells == Tells::Fact && dropdown(value.field) && once(value.field);
            let mut sound: Vec<&mut Value> = service.values.iter_mut().filter(is_sound).collect();
            if sound.is_empty() {
                return false;
            }
            let value = sound.swap_remove(dice.index(sound.len()));
            (*dice.pick(&["CentOS 6 (custom)", "as discussed"])).clone_into(&mut value.text);
            value.tells = Tells::Broken(Expected::Finding);
            return true;
        }
        if damage == Damage::ValueTwice {
            // Written twice by a module that did not look.
            let sound = service.values.iter().find(|value| value.tells == Tells::Fact && dropdown(value.field));
            let Some(again) = sound.cloned() else { return false };
            service.values.push(Value { id: self.ids.value(), ..again });
            return true;
        }
        let own = &self.catalogue.products[service.product];
        let other = self.catalogue.fields.iter().find(|field| {
            field.owner == "product" && field.relid != 0 && field.relid != own.id && field.kind == "dropdown"
        });
        let Some(other) = other else { return false };
        let (field, text) = (other.id, other.entries[0].to_owned());
        if service.values.iter().any(|value| value.field == field) {
            return false;
        }
        service.values.push(Value {
            id: self.ids.value(),
            field,
            relid: service.id,
            text,
            tells: Tells::Astray,
            role: Role::Other,
            owner: "product",
        });
        true
    }
}
