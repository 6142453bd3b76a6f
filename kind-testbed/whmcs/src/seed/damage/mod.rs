//! What years do to a database. Each kind is a rule that spoils one row where it fits; numbers are those of the list of
//! traps that a migrator has to survive.

mod answers;
pub mod clients;
mod columns;
mod machine;
pub mod strays;
mod values;

use super::{
    Generator,
    catalogue::Module,
    dice::Dice,
    services::{Service, Status, Wish},
};

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
                columns::spoil(damage, service)
            }
        };
        if done {
            service.damage.push(damage.tag());
            self.count(damage.tag());
        }
        done
    }
}
