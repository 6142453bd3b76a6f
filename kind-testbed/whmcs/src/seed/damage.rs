//! What years do to a database. Each kind is a rule that spoils one row where it fits; numbers are those of the list of
//! traps that a migrator has to survive.

use super::{
    Generator,
    catalogue::{Module, Role},
    dice::Dice,
    offer::RETIRED_GROUP,
    people::Client,
    services::{Answer, Service, Status, Tells, Value, Wish},
    truth::Expected,
};
use crate::{SeedError, insert, load::Cents};

/// Numbers that no row has.
const NOWHERE: u32 = 900_000_000;

/// Damage to a service or the rows around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    HiddenChoice,
    MoreAddresses,
    NoHostname,
    AddressKept,
    TwoAnswers,
    ChoiceGone,
    StaleOption,
    ForeignChoice,
    OptionGone,
    TwoNumbers,
    ValueOffList,
    FieldOfAnother,
    ValueTwice,
    NoNumber,
    RowKept,
    AnswerMissing,
    AnswerTwice,
    NumberMissing,
    NoDueDate,
    CycleSpelling,
    PasswordJunk,
}

impl Damage {
    pub const ALL: [Self; 21] = [
        Self::HiddenChoice,
        Self::MoreAddresses,
        Self::NoHostname,
        Self::AddressKept,
        Self::TwoAnswers,
        Self::ChoiceGone,
        Self::StaleOption,
        Self::ForeignChoice,
        Self::OptionGone,
        Self::TwoNumbers,
        Self::ValueOffList,
        Self::FieldOfAnother,
        Self::ValueTwice,
        Self::NoNumber,
        Self::RowKept,
        Self::AnswerMissing,
        Self::AnswerTwice,
        Self::NumberMissing,
        Self::NoDueDate,
        Self::CycleSpelling,
        Self::PasswordJunk,
    ];

    pub const fn tag(self) -> &'static str {
        match self {
            Self::HiddenChoice => "trap-12",
            Self::MoreAddresses => "trap-14",
            Self::NoHostname => "trap-15",
            Self::AddressKept => "trap-16",
            Self::TwoAnswers => "trap-18",
            Self::ChoiceGone => "trap-19",
            Self::StaleOption => "trap-20",
            Self::ForeignChoice => "trap-21",
            Self::OptionGone => "trap-22",
            Self::TwoNumbers => "trap-26",
            Self::ValueOffList | Self::FieldOfAnother => "trap-27",
            Self::ValueTwice => "value-twice",
            Self::NoNumber => "trap-28",
            Self::RowKept => "trap-29",
            Self::AnswerMissing => "answer-missing",
            Self::AnswerTwice => "answer-twice",
            Self::NumberMissing => "vmid-missing",
            Self::NoDueDate => "due-date-missing",
            Self::CycleSpelling => "cycle-spelling",
            Self::PasswordJunk => "password-junk",
        }
    }

    /// A service that it certainly fits.
    pub const fn wants(self) -> Wish {
        let status = match self {
            Self::AddressKept | Self::RowKept => Status::Terminated,
            _ => Status::Active,
        };
        let module = match self {
            Self::NumberMissing => Module::ModulesGarden,
            _ => Module::Pvewhmcs,
        };
        Wish { module: Some(module), status: Some(status), product: None }
    }
}

impl Generator {
    /// Spoils a service by what is owed, at most four times, or else by chance.
    pub fn damage_service(&mut self, service: &mut Service, owing: bool, dice: &mut Dice) {
        if !service.module.is_virtual() {
            return;
        }
        if owing {
            let mut left = Vec::new();
            for damage in std::mem::take(&mut self.owed.services) {
                if service.damage.len() == 4 || !self.apply(damage, service, dice) {
                    left.push(damage);
                }
            }
            self.owed.services = left;
        } else if dice.chance(self.messiness) {
            // What does not fit is tried again with another, a few times.
            for _ in 0..8 {
                if self.apply(*dice.pick(&Damage::ALL), service, dice) {
                    break;
                }
            }
        }
    }

    fn apply(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
        let done = match damage {
            Damage::HiddenChoice | Damage::TwoAnswers | Damage::ChoiceGone | Damage::ForeignChoice => {
                self.spoil_answer(damage, service, dice)
            }
            Damage::AnswerMissing | Damage::AnswerTwice => self.spoil_count(damage, service, dice),
            Damage::StaleOption | Damage::OptionGone => self.stray_answer(damage, service),
            Damage::ValueOffList | Damage::FieldOfAnother | Damage::ValueTwice => {
                self.spoil_value(damage, service, dice)
            }
            Damage::TwoNumbers | Damage::NoNumber | Damage::RowKept | Damage::NumberMissing => {
                self.spoil_link(damage, service)
            }
            Damage::MoreAddresses | Damage::AddressKept => self.spoil_addresses(damage, service),
            Damage::NoHostname | Damage::NoDueDate | Damage::CycleSpelling | Damage::PasswordJunk => {
                spoil_columns(damage, service)
            }
        };
        if done {
            service.damage.push(damage.tag());
            self.count(damage.tag());
        }
        done
    }

    /// The index of an answer with several choices that tells a fact, and is the only one of its option.
    fn sound_answer(&self, service: &Service, dice: &mut Dice) -> Option<usize> {
        let sound: Vec<usize> = service
            .answers
            .iter()
            .enumerate()
            .filter(|(_, answer)| {
                let one = service.answers.iter().filter(|other| other.config == answer.config).count() == 1;
                let option = self.catalogue.options.iter().find(|option| option.id == answer.config);
                one && answer.tells == Tells::Fact
                    && option.is_some_and(|o| o.choices.len() > 1 && o.role.has_a_place())
            })
            .map(|(index, _)| index)
            .collect();
        (!sound.is_empty()).then(|| *dice.pick(&sound))
    }

    fn spoil_answer(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
        let Some(index) = self.sound_answer(service, dice) else { return false };
        let answer = &mut service.answers[index];
        let Some(option) = self.catalogue.options.iter().find(|option| option.id == answer.config) else {
            return false;
        };
        match damage {
            Damage::HiddenChoice => {
                // Hidden from orders since; who has it keeps it.
                let hidden = service.answers.iter_mut().find_map(|answer| {
                    let option = self.catalogue.options.iter().find(|option| option.id == answer.config)?;
                    let choice = option.choices.iter().find(|choice| choice.hidden)?;
                    (answer.tells == Tells::Fact).then_some((answer, choice))
                });
                let Some((answer, choice)) = hidden else { return false };
                answer.choice = choice.id;
                answer.amount = choice.amount;
                service.resize(self.catalogue.products[service.product].base);
            }
            Damage::TwoAnswers => {
                let Some(other) = option.choices.iter().find(|choice| choice.id != answer.choice) else { return false };
                answer.tells = Tells::Broken(Expected::Conflict);
                let second = Answer { id: self.ids.answer(), choice: other.id, ..answer.clone() };
                service.answers.push(second);
            }
            Damage::ForeignChoice => {
                let Some(other) = self.catalogue.options.iter().find(|other| other.id != answer.config) else {
                    return false;
                };
                answer.choice = other.choices[0].id;
                answer.tells = Tells::Broken(Expected::Finding);
            }
            _ => {
                answer.choice += NOWHERE;
                answer.tells = Tells::Broken(Expected::Finding);
            }
        }
        true
    }

    fn spoil_count(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
        let Some(index) = self.sound_answer(service, dice) else { return false };
        if damage == Damage::AnswerTwice {
            let second = Answer { id: self.ids.answer(), ..service.answers[index].clone() };
            service.answers.push(second);
        } else {
            // The option came to the product after the order.
            service.answers.remove(index);
        }
        true
    }

    /// An answer to something that is not the product's, or not there at all.
    fn stray_answer(&mut self, damage: Damage, service: &mut Service) -> bool {
        let retired = self.catalogue.options.iter().find(|option| option.group == RETIRED_GROUP);
        let (config, choice) = match (damage, retired) {
            (Damage::StaleOption, Some(option)) => (option.id, option.choices[0].id),
            _ => (NOWHERE + service.product_number(), 1),
        };
        if service.answers.iter().any(|answer| answer.config == config) {
            return false;
        }
        service.answers.push(Answer {
            id: self.ids.answer(),
            relid: service.id,
            config,
            choice,
            quantity: 0,
            tells: Tells::Astray,
            role: Role::Other,
            adds: false,
            amount: 0,
            label: String::new(),
        });
        true
    }

    fn spoil_value(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
        let dropdown = |id: u32| self.catalogue.fields.iter().any(|field| field.id == id && field.kind == "dropdown");
        if damage == Damage::ValueOffList {
            let fields: Vec<u32> = service.values.iter().map(|value| value.field).collect();
            let once = |id: u32| fields.iter().filter(|field| **field == id).count() == 1;
            let sound = service
                .values
                .iter_mut()
                .find(|value| value.tells == Tells::Fact && dropdown(value.field) && once(value.field));
            let Some(value) = sound else { return false };
            (*dice.pick(&["CentOS 6 (custom)", "as discussed", "4"])).clone_into(&mut value.text);
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

    fn spoil_link(&mut self, damage: Damage, service: &mut Service) -> bool {
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
                for text in [service.id.to_string(), link.vmid.to_string()] {
                    service.values.push(Value {
                        id: self.ids.value(),
                        field,
                        relid: service.id,
                        text,
                        tells: Tells::Broken(Expected::Conflict),
                        role: Role::Vmid,
                        owner: "product",
                    });
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

    fn spoil_addresses(&mut self, damage: Damage, service: &mut Service) -> bool {
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
                insert!(
                    self.sink,
                    mod_pvewhmcs_vms {
                        id: gone,
                        vmid: self.vmid_offset * 3 + client.id,
                        node_id: 1i64,
                        user_id: client.id,
                        vtype: "qemu",
                        ipaddress: "192.0.2.99",
                        subnetmask: "255.255.255.0",
                        gateway: "192.0.2.1",
                    }
                );
                Ok(())
            }
        }
    }
}

fn spoil_columns(damage: Damage, service: &mut Service) -> bool {
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

/// Rows that belong to nothing.
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
