//! Answers to options that are gone, double, or of something else.

use super::{Damage, NOWHERE};
use crate::seed::{
    Generator,
    catalogue::Role,
    dice::Dice,
    offer::RETIRED_GROUP,
    services::{Answer, Service, Tells},
    truth::Expected,
};

impl Generator {
    pub fn spoil_answer(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
        let Some(index) = self.sound_answer(service, dice) else { return false };
        let answer = &mut service.answers[index];
        let Some(option) = self.catalogue.options.iter().find(|option| option.id == answer.config) else {
            return false;
        };
        match damage {
            Damage::HiddenChoice => {
                // Hidden from orders since; who has it keeps it.
                let configs: Vec<u32> = service.answers.iter().map(|answer| answer.config).collect();
                let is_only = |config: u32| configs.iter().filter(|other| **other == config).count() == 1;
                let hidden = service.answers.iter_mut().filter(|answer| is_only(answer.config)).find_map(|answer| {
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

    pub fn spoil_count(&mut self, damage: Damage, service: &mut Service, dice: &mut Dice) -> bool {
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
    pub fn stray_answer(&mut self, damage: Damage, service: &mut Service) -> bool {
        let retired = self.catalogue.options.iter().find(|option| option.group == RETIRED_GROUP);
        let (config, choice) = match (damage, retired) {
            (Damage::StaleOption, Some(option)) => (option.id, option.choices[0].id),
            _ => (NOWHERE + service.product_id, 1),
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
}
