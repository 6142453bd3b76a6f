//! Countries: mostly ISO 3166-1 alpha-2, sometimes a name.

use std::{collections::HashMap, sync::LazyLock};

use super::fold;

/// What a country column says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Country {
    /// The ISO code.
    Known(&'static str),
    Empty,
    /// Neither a code nor a name of one.
    Unknown,
}

pub fn country(text: &str) -> Country {
    match fold(text) {
        word if word.is_empty() => Country::Empty,
        word => BY_NAME.get(&word).map_or(Country::Unknown, |code| Country::Known(code)),
    }
}

/// Codes and names, folded.
static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let entries = include_str!("countries.txt").lines().filter_map(|line| line.split_once(' '));
    entries.flat_map(|(code, names)| names.split('|').chain([code]).map(move |name| (fold(name), code))).collect()
});

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("DE", Country::Known("DE"))]
    #[case("de", Country::Known("DE"))]
    #[case("Brazil", Country::Known("BR"))]
    #[case("UK", Country::Known("GB"))]
    #[case("United States", Country::Known("US"))]
    #[case("CÔTE D'IVOIRE", Country::Known("CI"))]
    #[case("", Country::Empty)]
    #[case("XX", Country::Unknown)]
    #[case("Atlantis", Country::Unknown)]
    fn trap_4_a_country_is_a_code_or_a_name_and_never_a_guess(#[case] text: &str, #[case] expected: Country) {
        assert_eq!(country(text), expected);
    }

    #[test]
    fn every_code_is_there_once() {
        assert_eq!(include_str!("countries.txt").lines().count(), 249);
    }
}
