//! Slugs: a name for people, cut down to what a Kubernetes name may hold.

/// Lower case letters, digits and single dashes, starting with a letter, at most `max` long. A name without any such
/// character becomes `x`.
pub fn slug(name: &str, max: usize) -> String {
    let mut slug = String::with_capacity(max);
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' => slug.push(c),
            '0'..='9' if !slug.is_empty() => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() == max {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "x".to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_what_kubernetes_accepts() {
        for (name, expected) in [
            ("Müller & Söhne GmbH", "m-ller-s-hne-gmbh"),
            ("1&1", "x"),
            ("4you.example", "you-example"),
            ("---", "x"),
            ("Ωmega", "mega"),
            ("a  b", "a-b"),
        ] {
            assert_eq!(slug(name, 40), expected, "{name}");
        }
    }

    #[test]
    fn a_cut_never_leaves_a_dash_at_the_end() {
        assert_eq!(slug("abc def", 4), "abc");
    }
}
