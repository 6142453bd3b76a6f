//! What one answer or one field value means, by the mapping: a number about a resource, a word for a role, text to keep,
//! something to leave behind, or something that nobody can say.

use rust_decimal::Decimal;

use crate::{
    mapping::{Mapping, ReadWord, SizeUse, Table, Target, TextRole, Use, shown},
    outcome::Fate,
    value::{Amount, Name, Operation, Resource, Scale, amount, halves},
};

/// What a value means, with the outcome of a row that says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub meaning: Meaning,
    pub fate: Fate,
    pub code: &'static str,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    Size {
        resource: Resource,
        operation: Operation,
        amount: Decimal,
    },
    Unlimited(Resource),
    Words {
        role: TextRole,
        text: String,
        site: Option<String>,
    },
    Keep(String),
    /// It says no, or it is left behind: nothing changes.
    Nothing,
    /// A fact that it should have said is not known, rather than what it would be without it. With its text.
    Unclear {
        about: Option<Fact>,
        text: String,
    },
}

/// What an answer can be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fact {
    Size(Resource),
    Words(TextRole),
}

impl Reading {
    fn mapped(meaning: Meaning, reason: String) -> Self {
        Self { meaning, fate: Fate::Mapped, code: "mapped", reason }
    }

    pub fn ignored(code: &'static str, reason: impl Into<String>) -> Self {
        Self { meaning: Meaning::Nothing, fate: Fate::Ignored, code, reason: reason.into() }
    }

    pub fn unclear(about: Option<Fact>, text: &str, code: &'static str, reason: String) -> Self {
        let meaning = Meaning::Unclear { about, text: text.to_owned() };
        Self { meaning, fate: Fate::Finding, code, reason }
    }
}

/// Reads the values of one option or field.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub mapping: &'a Mapping,
    /// What the mapping says of it; `None` when it says nothing.
    pub entry: Option<&'a Use>,
    pub name: &'a Name,
    /// Of a quantity: its one choice, as `256 MB`.
    pub one: &'a str,
}

impl Reader<'_> {
    /// What its values are about.
    pub fn fact(self) -> Option<Fact> {
        match self.entry? {
            Use::Size(size) => Some(Fact::Size(size.resource)),
            Use::Text { role, .. } => Some(Fact::Words(*role)),
            _ => None,
        }
    }

    /// A choice of a list, or the value of a field: `internal|label`, or one text that is both.
    pub fn choice(self, text: &str) -> Reading {
        let name = &self.name.internal;
        match self.entry {
            Some(Use::Size(size)) => self.size(size, text),
            Some(Use::Text { role, values }) => self.words(*role, values, text),
            Some(Use::Keep) => {
                let kept = Meaning::Keep(text.trim().to_owned());
                Reading::mapped(kept, format!("{name}: `{}` is kept as text", shown(text)))
            }
            other => self.without_value(other, text),
        }
    }

    /// An amount of a quantity option.
    pub fn quantity(self, quantity: i64) -> Reading {
        let name = &self.name.internal;
        let text = quantity.to_string();
        if quantity < 0 {
            return Reading::unclear(
                self.fact(),
                &text,
                "quantity-invalid",
                format!("{name}: {quantity} is no quantity"),
            );
        }
        match self.entry {
            Some(Use::Size(size)) => {
                if let Some(reading) = self.by_table(size, &text) {
                    return reading;
                }
                match self.factor(size, Decimal::from(quantity)) {
                    Factor::Of(factor) => match Decimal::from(quantity).checked_mul(factor) {
                        Some(amount) => self.sized(size, amount, &text),
                        None => self.unreadable(size.resource, &text),
                    },
                    Factor::Unknown => self.no_unit(size.resource, &text),
                    Factor::Contradiction => {
                        let reason = format!(
                            "{name}: its name and its choice `{}` say two things of what one is: name its `unit`",
                            shown(self.one)
                        );
                        Reading::unclear(self.fact(), &text, "unit-contradicts-itself", reason)
                    }
                }
            }
            Some(Use::Text { role, values }) => self.words(*role, values, &text),
            Some(Use::Keep) => Reading::mapped(Meaning::Keep(text), format!("{name}: {quantity} is kept as text")),
            other => self.without_value(other, &text),
        }
    }

    /// Yes or no; `choice` is what the one sub-option is called.
    pub fn yes_no(self, yes: bool, choice: &str) -> Reading {
        let name = &self.name.internal;
        let word = if yes { "yes" } else { "no" };
        match self.entry {
            Some(Use::Size(size)) => {
                if let Some(reading) = self.by_table(size, word) {
                    return reading;
                }
                if !yes {
                    return match size.operation {
                        Operation::Set if !size.resource.needs_unit() && size.resource != Resource::Cores => {
                            self.sized(size, Decimal::ZERO, word)
                        }
                        _ => Reading::mapped(Meaning::Nothing, format!("{name}: no, so nothing changes")),
                    };
                }
                // What the choice says comes before what its option's name counts in: `Extra Disk (GB)`, `100 GB`.
                match amount(choice, size.resource, self.unit(size), self.mapping.step) {
                    Some(Amount::Exactly(amount)) => self.sized(size, amount, choice),
                    _ if has_digit(choice) => self.unreadable(size.resource, choice),
                    _ => match self.unit(size).and_then(|unit| unit.of(size.resource, self.mapping.step)) {
                        Some(scale) => self.sized(size, scale, word),
                        None if size.resource.needs_unit() => self.no_unit(size.resource, word),
                        None => self.sized(size, Decimal::ONE, word),
                    },
                }
            }
            Some(Use::Text { role, values }) => self.words(*role, values, word),
            Some(Use::Keep) => {
                Reading::mapped(Meaning::Keep(word.to_owned()), format!("{name}: `{word}` is kept as text"))
            }
            other => self.without_value(other, word),
        }
    }

    /// Where nothing is made of a value, whatever it is.
    fn without_value(self, entry: Option<&Use>, text: &str) -> Reading {
        let name = &self.name.internal;
        match entry {
            Some(Use::Ignore(reason)) => Reading::ignored("ignored", format!("{name}: {reason}")),
            Some(Use::Secret) => Reading::ignored("secret", format!("{name}: passwords are left behind")),
            Some(Use::Unmapped) => {
                let reason = format!("{name} is `unmapped` in the mapping: say what `{}` means", shown(text));
                Reading::unclear(None, text, "unmapped", reason)
            }
            _ => {
                let reason = format!("{name} is not in the mapping: say what `{}` means, or ignore it", shown(text));
                Reading::unclear(None, text, "unmapped", reason)
            }
        }
    }

    fn words(self, role: TextRole, values: &Table, text: &str) -> Reading {
        let name = &self.name.internal;
        let tables = match role {
            TextRole::Plan => [Some(values), Some(&self.mapping.plans)],
            TextRole::Image => [Some(values), Some(&self.mapping.images)],
            TextRole::Region => [Some(values), Some(&self.mapping.regions)],
            _ => [Some(values), None],
        };
        match tables.into_iter().flatten().find_map(|table| table.get(text)) {
            Some(Target::To { text: to, site }) => {
                let meaning = Meaning::Words { role, text: to.clone(), site: site.clone() };
                Reading::mapped(meaning, format!("{name}: `{}` is the {} {to}", shown(text), role.name()))
            }
            Some(Target::Ignore(reason)) => Reading::ignored("ignored", format!("{name}: `{}`: {reason}", shown(text))),
            None if !role.needs_table() => {
                let internal = if role == TextRole::SshKey { text.trim().to_owned() } else { halves(text).0 };
                let reason = format!("{name}: the {} is `{}`", role.name(), shown(&internal));
                Reading::mapped(Meaning::Words { role, text: internal, site: None }, reason)
            }
            other => Reading::unclear(
                Some(Fact::Words(role)),
                text,
                if other.is_some() { "value-unmapped" } else { "value-unknown" },
                format!("{name}: no {} is named for `{}`", role.name(), shown(text)),
            ),
        }
    }

    fn by_table(self, size: &SizeUse, text: &str) -> Option<Reading> {
        let name = &self.name.internal;
        Some(match size.values.get(text)? {
            Target::To { text: to, .. } => match amount(to, size.resource, size.unit, self.mapping.step) {
                Some(read) => self.amount(size, read, text),
                None => self.unreadable(size.resource, text),
            },
            Target::Ignore(reason) => Reading::ignored("ignored", format!("{name}: `{}`: {reason}", shown(text))),
            Target::Unmapped => {
                let reason = format!("{name}: `{}` is `unmapped` in the mapping", shown(text));
                Reading::unclear(Some(Fact::Size(size.resource)), text, "value-unmapped", reason)
            }
        })
    }

    fn size(self, size: &SizeUse, text: &str) -> Reading {
        if let Some(reading) = self.by_table(size, text) {
            return reading;
        }
        let (internal, label) = halves(text);
        let read = |half: &str| self.half(size, half);
        let found = match size.read {
            ReadWord::Internal => read(&internal),
            ReadWord::Label => read(&label),
            ReadWord::Both if internal == label => read(&internal),
            ReadWord::Both => match (read(&internal), read(&label)) {
                (Some(Amount::Bare(number)), Some(Amount::Exactly(exact))) => {
                    if !is_same_in_some_unit(number, exact, size.resource) {
                        return self.contradiction(size.resource, text);
                    }
                    Some(Amount::Exactly(exact))
                }
                // `4096MB|4`.
                (Some(Amount::Exactly(exact)), Some(Amount::Bare(_))) => Some(Amount::Exactly(exact)),
                (Some(one), Some(other)) if one != other => return self.contradiction(size.resource, text),
                // `8|8 Go`: what has digits and is not understood may say otherwise.
                (None, Some(_)) if has_digit(&internal) => return self.unreadable(size.resource, text),
                (Some(_), None) if has_digit(&label) => return self.unreadable(size.resource, text),
                (one, other) => one.or(other),
            },
        };
        match found {
            Some(read) => self.amount(size, read, text),
            None => self.unreadable(size.resource, text),
        }
    }

    fn half(self, size: &SizeUse, half: &str) -> Option<Amount> {
        let step = self.mapping.step;
        if let Some((below, scale)) = size.small
            && let Some(Amount::Bare(number)) = amount(half, size.resource, None, step)
            && number < Decimal::from(below)
        {
            return amount(half, size.resource, Some(scale), step);
        }
        amount(half, size.resource, self.unit(size), step)
    }

    fn amount(self, size: &SizeUse, read: Amount, text: &str) -> Reading {
        let name = &self.name.internal;
        let resource = size.resource;
        match read {
            Amount::Exactly(amount) => self.sized(size, amount, text),
            Amount::Bare(_) => self.no_unit(resource, text),
            Amount::Unlimited if resource.may_be_unlimited() => {
                Reading::mapped(Meaning::Unlimited(resource), format!("{name}: {} without a limit", resource.name()))
            }
            Amount::Nothing if size.operation != Operation::Set => {
                Reading::mapped(Meaning::Nothing, format!("{name}: `{}`, so nothing changes", shown(text)))
            }
            Amount::Nothing if !resource.needs_unit() && resource != Resource::Cores => {
                self.sized(size, Decimal::ZERO, text)
            }
            Amount::Unlimited | Amount::Nothing => self.unreadable(resource, text),
        }
    }

    fn sized(self, size: &SizeUse, amount: Decimal, text: &str) -> Reading {
        let name = &self.name.internal;
        let SizeUse { resource, operation, .. } = *size;
        let (of, unit) = (resource.name(), resource.unit());
        if operation == Operation::Set && amount.is_zero() && (resource.needs_unit() || resource == Resource::Cores) {
            let reason = format!("{name}: `{}` would be no {of} at all", shown(text));
            return Reading::unclear(Some(Fact::Size(resource)), text, "value-zero", reason);
        }
        if operation != Operation::Multiply && !amount.is_integer() {
            let reason = format!("{name}: `{}` is {amount}{unit} of {of}, which is not whole", shown(text));
            return Reading::unclear(Some(Fact::Size(resource)), text, "value-not-whole", reason);
        }
        if operation != Operation::Multiply && amount > resource.most().into() {
            let reason = format!("{name}: `{}` is {amount}{unit} of {of}, more than a server can have", shown(text));
            return Reading::unclear(Some(Fact::Size(resource)), text, "value-too-large", reason);
        }
        let reason = match operation {
            Operation::Set => format!("{name}: `{}` makes {of} {amount}{unit}", shown(text)),
            Operation::Add => format!("{name}: `{}` adds {amount}{unit} to {of}", shown(text)),
            Operation::Multiply => format!("{name}: `{}` makes {of} {amount} times what it is", shown(text)),
        };
        Reading::mapped(Meaning::Size { resource, operation, amount }, reason)
    }

    fn unit(self, size: &SizeUse) -> Option<Scale> {
        size.unit.or(self.name.unit)
    }

    /// What one of a quantity is: as the mapping says, else as the option's name and its choice say.
    fn factor(self, size: &SizeUse, quantity: Decimal) -> Factor {
        let step = self.mapping.step;
        if size.operation == Operation::Multiply {
            return Factor::Of(Decimal::ONE);
        }
        let explicit = match size.small {
            Some((below, scale)) if quantity < Decimal::from(below) => Some(scale),
            _ => size.unit,
        };
        if let Some(scale) = explicit {
            return scale.of(size.resource, step).map_or(Factor::Unknown, Factor::Of);
        }
        let of_name = self.name.unit.and_then(|scale| scale.of(size.resource, step));
        let of_half = |half: &str| match half.parse::<Scale>() {
            Ok(scale) => scale.of(size.resource, step),
            Err(_) => match amount(half, size.resource, None, step) {
                Some(Amount::Exactly(amount)) if !amount.is_zero() => Some(amount),
                _ => None,
            },
        };
        let (internal, label) = halves(self.one);
        let of_label = of_half(&label);
        // A bare number before the pipe is what a module calls it, unless it counts the label in another unit.
        let of_internal = match amount(&internal, size.resource, None, step) {
            Some(Amount::Bare(number)) if number > Decimal::ONE => match of_label {
                Some(label) if is_same_in_some_unit(number, label, size.resource) => None,
                Some(_) => return Factor::Contradiction,
                None => None,
            },
            _ if has_digit(&internal) && internal.contains(char::is_alphabetic) => of_half(&internal),
            _ => None,
        };
        let of_choice = match (of_internal, of_label) {
            (Some(internal), Some(label)) if internal != label => return Factor::Contradiction,
            (internal, label) => label.or(internal),
        };
        match (of_name, of_choice) {
            (Some(one), Some(other)) if one != other => Factor::Contradiction,
            (Some(factor), _) | (None, Some(factor)) => Factor::Of(factor),
            (None, None) if size.resource.needs_unit() => Factor::Unknown,
            (None, None) => Factor::Of(Decimal::ONE),
        }
    }

    fn no_unit(self, resource: Resource, text: &str) -> Reading {
        let name = &self.name.internal;
        let reason = format!("{name}: `{}` has no unit, and the mapping names none", shown(text));
        Reading::unclear(Some(Fact::Size(resource)), text, "unit-unknown", reason)
    }

    fn unreadable(self, resource: Resource, text: &str) -> Reading {
        let name = &self.name.internal;
        let reason = format!("{name}: `{}` is no amount of {}: name it under `values`", shown(text), resource.name());
        Reading::unclear(Some(Fact::Size(resource)), text, "value-unreadable", reason)
    }

    fn contradiction(self, resource: Resource, text: &str) -> Reading {
        let name = &self.name.internal;
        let reason = format!("{name}: the two halves of `{}` say different amounts: name one to `read`", shown(text));
        Reading::unclear(Some(Fact::Size(resource)), text, "value-contradicts-itself", reason)
    }
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit())
}

enum Factor {
    Of(Decimal),
    Unknown,
    Contradiction,
}

/// Whether a bare number is the exact amount, counted in MB, GB or the like.
fn is_same_in_some_unit(bare: Decimal, exact: Decimal, resource: Resource) -> bool {
    let units = ["KB", "MB", "GB", "TB", "Kbit", "Mbit", "Gbit"];
    let steps = [crate::value::Step::Binary, crate::value::Step::Decimal];
    units.iter().filter_map(|unit| unit.parse::<Scale>().ok()).any(|scale| {
        steps.iter().any(|step| scale.of(resource, *step).and_then(|one| bare.checked_mul(one)) == Some(exact))
    })
}
