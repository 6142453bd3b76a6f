//! E-mail addresses as logins.

/// In lower case, when it is well formed: one `@`, a local part, and a domain with a dot.
pub fn email(text: &str) -> Option<String> {
    let text = text.trim();
    let (local, domain) = text.split_once('@')?;
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let is_local = !local.is_empty()
        && local.len() <= 64
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let is_domain = domain.contains('.') && domain.split('.').all(is_label);
    (is_local && is_domain && text.len() <= 254).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(" Ada@Example.COM ", Some("ada@example.com"))]
    #[case("o'brien+whmcs@mail.example.org", Some("o'brien+whmcs@mail.example.org"))]
    #[case("ada@example", None)]
    #[case("ada", None)]
    #[case("", None)]
    #[case("a@b@example.com", None)]
    #[case("a b@example.com", None)]
    #[case("ada@-example.com", None)]
    #[case("a..b@example.com", None)]
    #[case("ada@example..com", None)]
    fn only_what_is_well_formed_can_be_a_login(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(email(text).as_deref(), expected);
    }
}
