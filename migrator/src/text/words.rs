//! Words that WHMCS and its modules spell in several ways.

use super::fold;
use crate::carried::Cycle;

/// `billingcycle`, in any spelling seen; `None` for a word that is none.
pub fn cycle(text: &str) -> Option<Cycle> {
    Some(match fold(text).as_str() {
        "free" | "freeaccount" => Cycle::Free,
        "onetime" | "once" => Cycle::OneTime,
        "monthly" => Cycle::Monthly,
        "quarterly" => Cycle::Quarterly,
        "semiannually" | "semiannual" | "biannually" => Cycle::SemiAnnually,
        "annually" | "annual" | "yearly" => Cycle::Annually,
        "biennially" | "biennial" => Cycle::Biennially,
        "triennially" | "triennial" => Cycle::Triennially,
        _ => return None,
    })
}

/// A flag of any of its shapes: `on`, `1`, `yes`, `true`. `None` for a word that is neither on nor off.
pub fn is_on(text: &str) -> Option<bool> {
    match fold(text).as_str() {
        "on" | "1" | "yes" | "true" | "enabled" | "checked" | "y" => Some(true),
        "" | "off" | "0" | "no" | "false" | "disabled" | "none" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Free Account", Some(Cycle::Free))]
    #[case("free", Some(Cycle::Free))]
    #[case("One Time", Some(Cycle::OneTime))]
    #[case("onetime", Some(Cycle::OneTime))]
    #[case("Semi-Annually", Some(Cycle::SemiAnnually))]
    #[case("semiannually", Some(Cycle::SemiAnnually))]
    #[case("Triennially", Some(Cycle::Triennially))]
    #[case("Fortnightly", None)]
    #[case("", None)]
    fn cycles_are_read_in_any_spelling(#[case] text: &str, #[case] expected: Option<Cycle>) {
        assert_eq!(cycle(text), expected);
    }

    #[rstest]
    #[case("on", Some(true))]
    #[case("1", Some(true))]
    #[case("", Some(false))]
    #[case("0", Some(false))]
    #[case("perhaps", None)]
    fn flags_have_four_shapes(#[case] text: &str, #[case] expected: Option<bool>) {
        assert_eq!(is_on(text), expected);
    }
}
