//! What the answers and values of one service say together, row by row.

use super::{
    meaning::{Fact, Meaning, Reading},
    size::Sizes,
};
use crate::{
    carried::{CustomValue, LegacyId},
    mapping::TextRole,
    outcome::{Fate, Outcome},
};

/// Filled by rows; read by the service. A row is known by its place in `outcomes`.
#[derive(Debug, Default)]
pub struct Said {
    pub outcomes: Vec<Outcome>,
    pub sizes: Sizes,
    pub words: Vec<Words>,
    pub kept: Vec<CustomValue>,
    unclear_words: Vec<TextRole>,
}

/// One row that says one thing in words.
#[derive(Debug, Clone)]
pub struct Words {
    pub row: usize,
    pub role: TextRole,
    pub text: String,
    pub site: Option<String>,
    /// Folded name of the option or field.
    pub key: String,
}

impl Said {
    pub fn with_room_for(rows: usize) -> Self {
        Self { outcomes: Vec::with_capacity(rows), ..Self::default() }
    }

    /// A row means this.
    pub fn row(&mut self, table: &'static str, id: LegacyId, service: LegacyId, reading: &Reading, name: (&str, &str)) {
        let row = self.outcomes.len();
        let (key, label) = name;
        match &reading.meaning {
            Meaning::Size { resource, operation, amount } => self.sizes.say(row, *resource, *operation, *amount),
            Meaning::Unlimited(resource) => self.sizes.unlimited(row, *resource),
            Meaning::Words { role, text, site } => {
                let (text, site, key) = (text.clone(), site.clone(), key.to_owned());
                self.words.push(Words { row, role: *role, text, site, key });
            }
            Meaning::Keep(value) => self.kept.push(CustomValue { name: label.to_owned(), value: value.clone() }),
            Meaning::Nothing => {}
            Meaning::Unclear { about, text } => {
                self.kept.push(CustomValue { name: label.to_owned(), value: text.clone() });
                if let Some(about) = about {
                    self.unclear(*about);
                }
            }
        }
        self.outcomes.push(Outcome {
            table,
            id,
            outcome: reading.fate,
            code: reading.code,
            reason: reading.reason.clone(),
            service: Some(service),
            facts: None,
        });
    }

    /// A row that says nothing of the service.
    pub fn aside(
        &mut self,
        table: &'static str,
        id: LegacyId,
        service: LegacyId,
        fate: Fate,
        code: &'static str,
        reason: String,
    ) {
        self.outcomes.push(Outcome { table, id, outcome: fate, code, reason, service: Some(service), facts: None });
    }

    /// The fact is not known, whatever else is said.
    pub fn unclear(&mut self, fact: Fact) {
        match fact {
            Fact::Size(resource) => self.sizes.unclear(resource),
            Fact::Words(role) if !self.unclear_words.contains(&role) => self.unclear_words.push(role),
            Fact::Words(_) => {}
        }
    }

    pub fn is_unclear(&self, role: TextRole) -> bool {
        self.unclear_words.contains(&role)
    }

    /// Says of a row what became of it after all.
    pub fn change(&mut self, row: usize, fate: Fate, code: &'static str, why: &str) {
        let outcome = &mut self.outcomes[row];
        outcome.outcome = fate;
        outcome.code = code;
        outcome.reason = format!("{}; {why}", outcome.reason);
    }

    /// Rows that set one size differently become conflicts.
    pub fn settle_sizes(&mut self) {
        for (resource, rows) in self.sizes.conflicts() {
            self.contradict(&rows, resource.name());
        }
    }

    /// The one text of a role; rows that differ become conflicts.
    pub fn settle(&mut self, role: TextRole) -> Option<(String, Option<String>)> {
        let rows: Vec<&Words> = self.words.iter().filter(|words| words.role == role).collect();
        let first = rows.first()?;
        let (text, site) = (first.text.clone(), first.site.clone());
        if rows.iter().any(|words| words.text != text) {
            let rows: Vec<usize> = rows.iter().map(|words| words.row).collect();
            self.contradict(&rows, role.name());
            self.unclear(Fact::Words(role));
        }
        (!self.is_unclear(role)).then_some((text, site))
    }
    /// Rows that say different things of one fact: each names the others and what they say.
    fn contradict(&mut self, rows: &[usize], fact: &str) {
        let say = |row: &usize| {
            let Outcome { table, id, reason, .. } = &self.outcomes[*row];
            format!("{table} {id} ({reason})")
        };
        let all: Vec<String> = rows.iter().map(say).collect();
        for (at, row) in rows.iter().enumerate() {
            let others: Vec<&str> =
                all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, said)| said.as_str()).collect();
            let why = format!("it stands against {}: the {fact} is not known", others.join(" and "));
            self.change(*row, Fate::Conflict, "two-answers-one-fact", &why);
        }
    }
}
