//! Plain text columns: WHMCS escapes them for HTML when it stores them, and a wrong connection charset encodes them twice.

use std::borrow::Cow;

use super::{mojibake, tidy};

/// How plain text is read; from the mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextRules {
    /// Text that was encoded twice is put right. Otherwise it stays as it is, and is reported.
    pub fix_mojibake: bool,
    /// Entities that were escaped twice (`&amp;amp;`) are decoded twice.
    pub decode_twice: bool,
}

/// A text, and what it may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    /// Set where it looks encoded twice and the rules say to keep it: what the fix would make of it.
    pub proposal: Option<String>,
}

impl TextRules {
    /// For a plain text column. Not for hashes, encrypted blobs, keys, or columns that hold HTML.
    pub fn read(self, raw: &str) -> Text {
        let decoded = self.decode(raw);
        let text = tidy(&decoded);
        match mojibake(&text) {
            Some(fixed) if self.fix_mojibake => Text { text: fixed, proposal: None },
            proposal => Text { text: text.into_owned(), proposal },
        }
    }

    /// The same, where nobody is told of a proposal.
    pub fn plain(self, raw: &str) -> String {
        self.read(raw).text
    }

    /// For a column of several lines: entities only, so that its lines stay.
    pub fn lines(self, raw: &str) -> String {
        let text = self.decode(raw);
        let text = text.trim();
        if self.fix_mojibake
            && let Some(fixed) = mojibake(text)
        {
            fixed
        } else {
            text.to_owned()
        }
    }

    fn decode(self, raw: &str) -> Cow<'_, str> {
        if !raw.contains('&') {
            return Cow::Borrowed(raw);
        }
        let once = html_escape::decode_html_entities(raw);
        if self.decode_twice && once.contains('&') {
            return Cow::Owned(html_escape::decode_html_entities(&once).into_owned());
        }
        once
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(" USD", "USD")]
    #[case("&nbsp;&euro;", "€")]
    #[case("O&#039;Brien", "O'Brien")]
    #[case("Brien &amp; Sons", "Brien & Sons")]
    #[case("caf&eacute; &quot;x&quot;", "café \"x\"")]
    #[case("AT&T", "AT&T")]
    fn traps_1_and_2_entities_are_decoded(#[case] raw: &str, #[case] text: &str) {
        assert_eq!(TextRules::default().plain(raw), text);
    }

    #[test]
    fn entities_are_decoded_once_and_twice_only_when_asked() {
        assert_eq!(TextRules::default().plain("a &amp;amp; b"), "a &amp; b");
        assert_eq!(TextRules { decode_twice: true, ..TextRules::default() }.plain("a &amp;amp; b"), "a & b");
    }

    #[test]
    fn trap_3_mojibake_is_proposed_and_put_right_only_when_asked() {
        let kept = TextRules::default().read("JÃ¼rgen");
        assert_eq!((kept.text.as_str(), kept.proposal.as_deref()), ("JÃ¼rgen", Some("Jürgen")));
        let fixed = TextRules { fix_mojibake: true, ..TextRules::default() }.read("JÃ¼rgen");
        assert_eq!((fixed.text.as_str(), fixed.proposal), ("Jürgen", None));
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(TextRules::default().lines("a &amp; b\r\nc\n"), "a & b\r\nc");
    }
}
