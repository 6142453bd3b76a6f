//! Which namespaces are this installation's. Usually all of them; a control plane that several installations share, as in
//! staging or in tests, is told apart by patterns.

/// Patterns of namespaces; a trailing `*` matches the rest.
#[derive(Debug, Clone)]
pub struct Scope(Vec<String>);

impl Scope {
    pub const fn new(patterns: Vec<String>) -> Self {
        Self(patterns)
    }

    pub fn includes(&self, namespace: &str) -> bool {
        self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(prefix) => namespace.starts_with(prefix),
            None => pattern == namespace,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_everything_and_a_prefix_only_what_starts_with_it() {
        assert!(Scope::new(vec!["*".into()]).includes("default"));
        let scope = Scope::new(vec!["acct-*".into(), "shop".into()]);
        assert!(scope.includes("acct-a") && scope.includes("shop"));
        assert!(!scope.includes("shop-2") && !scope.includes("default"));
    }
}
