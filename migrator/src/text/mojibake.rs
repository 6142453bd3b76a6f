//! UTF-8 that was read as Windows-1252 and encoded again: `JÃ¼rgen`.

/// What the text was before, when all speaks for it: every character is one byte in Windows-1252, those bytes are UTF-8,
/// shorter, and hold no control characters.
pub fn propose(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Vec<u8> = text.chars().map(windows_1252).collect::<Option<_>>()?;
    let decoded = String::from_utf8(bytes).ok()?;
    let has_c1 = decoded.chars().any(|c| ('\u{80}'..='\u{9f}').contains(&c));
    (!has_c1 && decoded.chars().count() < text.chars().count()).then_some(decoded)
}

/// 0x80 to 0x9F; the five bytes that Windows-1252 leaves open stand for themselves, as in the database's `latin1`.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn windows_1252(c: char) -> Option<u8> {
    match c {
        '\0'..='\u{7f}' | '\u{a0}'..='\u{ff}' => u8::try_from(u32::from(c)).ok(),
        _ => HIGH.iter().position(|high| *high == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("JÃ¼rgen", "Jürgen")]
    #[case("Ã‰ric", "Éric")]
    #[case("MÃ¼nchen â€“ SÃ¼d", "München – Süd")]
    #[case("ÅÃ³dÅº", "")]
    fn text_that_was_encoded_twice_is_recognised(#[case] text: &str, #[case] meant: &str) {
        assert_eq!(propose(text).unwrap_or_default(), meant);
    }

    #[rstest]
    #[case("Jürgen")]
    #[case("plain")]
    #[case("Łódź")]
    #[case("naïve café")]
    #[case("Ã")]
    fn text_that_is_right_is_left_alone(#[case] text: &str) {
        assert_eq!(propose(text), None);
    }

    proptest! {
        #[test]
        fn whatever_is_encoded_twice_comes_back(text in "[a-zA-ZäöüßéèêñçåøæÄÖÜ –€]{1,20}") {
            let twice: String = text
                .bytes()
                .map(|b| if (0x80..0xa0).contains(&b) { HIGH[usize::from(b) - 0x80] } else { char::from(b) })
                .collect();
            prop_assert_eq!(propose(&twice), (!text.is_ascii()).then_some(text));
        }
    }
}
