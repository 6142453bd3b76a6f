//! When two spellings are the same.

use std::borrow::Cow;

/// One space between words, none around: `U+00A0` and its kin are spaces, and characters without width are nothing.
pub fn tidy(text: &str) -> Cow<'_, str> {
    let is_tidy = !text.starts_with(' ')
        && !text.ends_with(' ')
        && !text.contains("  ")
        && text.chars().all(|c| c == ' ' || !(c.is_whitespace() || is_invisible(c)));
    if is_tidy {
        return Cow::Borrowed(text);
    }
    let mut tidied = String::with_capacity(text.len());
    for word in text.split(char::is_whitespace) {
        let start = tidied.len();
        if start > 0 {
            tidied.push(' ');
        }
        let word_start = tidied.len();
        tidied.extend(word.chars().filter(|c| !is_invisible(*c)));
        if tidied.len() == word_start {
            tidied.truncate(start);
        }
    }
    Cow::Owned(tidied)
}

/// What names are compared by: without case, spaces, `_` and `-`. `OS_Template`, `os template` and `OS-Template` are one.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        let mut folded = String::with_capacity(text.len());
        let says = |b: &u8| !(*b <= b' ' || matches!(b, b'_' | b'-' | 0x7f));
        folded.extend(text.as_bytes().iter().filter(|b| says(b)).map(|b| char::from(b.to_ascii_lowercase())));
        return folded;
    }
    text.chars()
        .filter(|c| !(c.is_whitespace() || is_invisible(*c) || matches!(c, '_' | '-' | '–')))
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}' | '\u{2060}') || c.is_control() && !c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("  RAM ", "RAM")]
    #[case("Disk\u{a0}Space", "Disk Space")]
    #[case("a \t\r\n b", "a b")]
    #[case("\u{feff}x\u{200b}y", "xy")]
    #[case("a \u{200b} b", "a b")]
    #[case("", "")]
    fn spaces_are_tidied(#[case] raw: &str, #[case] tidied: &str) {
        assert_eq!(tidy(raw), tidied);
    }

    #[rstest]
    #[case("OS Template")]
    #[case("os_template")]
    #[case("OS-Template ")]
    #[case("OS\u{a0}template")]
    #[case("osTemplate")]
    #[case("\tOS\u{b}template\u{1f}")]
    #[case("os–template")]
    fn spellings_of_one_name_fold_to_one(#[case] name: &str) {
        assert_eq!(fold(name), "ostemplate");
    }
}
