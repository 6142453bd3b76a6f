//! The orders of the server list. Each is a pair of indexes (with and without the account) that ends in the id.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::server::store::ServerRow;
use crate::text_enum::text_enum;

text_enum!(
    /// What the list is sorted by; `-` is descending.
    Sort {
        Name = "name",
        NameDescending = "-name",
        CreatedAt = "createdAt",
        CreatedAtDescending = "-createdAt",
        Phase = "phase",
        PhaseDescending = "-phase",
        Plan = "plan",
        PlanDescending = "-plan",
    }
);

impl Sort {
    pub const ALL: &'static [Self] = &[
        Self::Name,
        Self::NameDescending,
        Self::CreatedAt,
        Self::CreatedAtDescending,
        Self::Phase,
        Self::PhaseDescending,
        Self::Plan,
        Self::PlanDescending,
    ];

    /// The column, and whether the order is descending.
    pub const fn column(self) -> (&'static str, bool) {
        match self {
            Self::Name => ("name", false),
            Self::NameDescending => ("name", true),
            Self::CreatedAt => ("created_at", false),
            Self::CreatedAtDescending => ("created_at", true),
            Self::Phase => ("phase", false),
            Self::PhaseDescending => ("phase", true),
            Self::Plan => ("plan", false),
            Self::PlanDescending => ("plan", true),
        }
    }
}

/// The sort key of a page's last row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    pub sort: Sort,
    pub key: Key,
    pub id: Uuid,
}

/// A value of the sorted column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Key {
    Text(String),
    Time(DateTime<Utc>),
}

impl Cursor {
    pub fn at(sort: Sort, row: &ServerRow) -> Self {
        let key = match sort.column().0 {
            "name" => Key::Text(row.name.clone()),
            "phase" => Key::Text(row.phase.as_str().to_owned()),
            "plan" => Key::Text(row.plan.clone()),
            _ => Key::Time(row.created_at),
        };
        Self { sort, key, id: row.id.0 }
    }

    /// Whether its key is a value of the order's column. Anybody can write a cursor by hand.
    pub fn belongs_to(&self, sort: Sort) -> bool {
        self.sort == sort && matches!(self.key, Key::Time(_)) == (sort.column().0 == "created_at")
    }
}
