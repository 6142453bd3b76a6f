//! Numbers with the separators of several countries.

use std::str::FromStr;

use rust_decimal::Decimal;

/// `1024`, `1,024`, `1.5`, `1,5`, `1.024,5`. `None` for what is no number and for what may be two: `1.024` is 1024 to some.
pub fn number(text: &str) -> Option<Decimal> {
    let is_separator = |c: char| matches!(c, ',' | '.' | '\'' | '\u{a0}' | '\u{202f}');
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(|c| c.is_ascii_digit() || is_separator(c)) {
        return None;
    }
    let parts: Vec<&str> = text.split(is_separator).collect();
    let separators: Vec<char> = text.chars().filter(|c| is_separator(*c)).collect();
    let [first, rest @ ..] = parts.as_slice() else { return None };
    let are_thousands = |groups: &[&str]| (1..=3).contains(&first.len()) && groups.iter().all(|group| group.len() == 3);
    let [.., last] = rest else { return Decimal::from_str(first).ok() };
    let [.., separator] = separators.as_slice() else { return None };
    let before = &separators[..separators.len() - 1];
    let all_same = before.iter().all(|c| c == separator);
    let is_fraction = match (rest.len(), separator) {
        (_, '\'' | '\u{a0}' | '\u{202f}') => false,
        // `0.512` is a fraction in any country, `1.024` is not.
        (1, '.') if last.len() == 3 && *first != "0" => return None,
        (1, ',') if last.len() == 3 && *first != "0" => false,
        (1, _) => true,
        _ => !all_same,
    };
    if !is_fraction {
        return (all_same && are_thousands(rest)).then(|| Decimal::from_str(&parts.concat()).ok()).flatten();
    }
    let groups = &rest[..rest.len() - 1];
    let is_even = before.windows(2).all(|pair| pair[0] == pair[1]);
    if last.is_empty() || !is_even || !groups.is_empty() && !are_thousands(groups) {
        return None;
    }
    Decimal::from_str(&format!("{first}{}.{last}", groups.concat())).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1024", "1024")]
    #[case("1,024", "1024")]
    #[case("1'024", "1024")]
    #[case("1\u{a0}024", "1024")]
    #[case("1,048,576", "1048576")]
    #[case("1.048.576", "1048576")]
    #[case("1.5", "1.5")]
    #[case("1,5", "1.5")]
    #[case("0.512", "0.512")]
    #[case("1.024,5", "1024.5")]
    #[case("1,024.5", "1024.5")]
    #[case("10.25", "10.25")]
    fn numbers_are_read_with_any_separators(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(number(text), Some(expected.parse().unwrap()));
    }

    #[rstest]
    #[case("1.024")]
    #[case("1,02,4")]
    #[case("1234,567,8.9.1")]
    #[case("5.")]
    #[case(".5")]
    #[case("")]
    #[case("4x")]
    fn what_may_be_two_numbers_or_none_is_no_number(#[case] text: &str) {
        assert_eq!(number(text), None);
    }
}
