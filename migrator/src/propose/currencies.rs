//! Proposes what currencies are whose code is a sign or a word; the others need no entry.

use std::collections::BTreeMap;

use super::{Confidence, Proposed, Shop};
use crate::{carried::LegacyId, mapping::currency_code};

/// Signs and words of one currency only: `$` is of many.
const KNOWN: [(&str, &str); 11] = [
    ("€", "EUR"),
    ("EURO", "EUR"),
    ("EUROS", "EUR"),
    ("£", "GBP"),
    ("US$", "USD"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("R$", "BRL"),
    ("₹", "INR"),
    ("₽", "RUB"),
    ("ZŁ", "PLN"),
];

pub fn propose(shop: &Shop<'_>) -> BTreeMap<LegacyId, Proposed> {
    let unclear = shop.catalogue.currencies.values().filter(|row| currency_code(&row.code).is_none());
    let proposed = unclear.map(|row| {
        let texts = [&row.code, &row.prefix, &row.suffix].map(|text| shop.text(text));
        let known = texts.iter().find_map(|text| {
            let upper = text.trim().to_uppercase();
            KNOWN.iter().find(|(sign, _)| *sign == upper).map(|(_, code)| (*code, text))
        });
        let proposed = match known {
            Some((code, text)) => Proposed {
                entry: code.to_owned(),
                evidence: format!("it calls itself `{}`; `{}` is a sign of {code}", texts[0], text.trim()),
                confidence: Confidence::Medium,
            },
            None => Proposed {
                entry: "unmapped".to_owned(),
                evidence: format!("it calls itself `{}`, which is no code of ISO 4217: write which it is", texts[0]),
                confidence: Confidence::Low,
            },
        };
        (row.id, proposed)
    });
    proposed.collect()
}
