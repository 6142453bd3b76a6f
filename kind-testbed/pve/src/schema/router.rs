//! Finds the path of the schema that a call's path means, one segment at a time.

use std::collections::BTreeMap;

/// A tree of path segments; a leaf holds the whole template.
#[derive(Debug, Default)]
pub(super) struct Router {
    literal: BTreeMap<String, Router>,
    placeholder: Option<Box<Router>>,
    template: Option<String>,
}

impl Router {
    pub(super) fn add(&mut self, template: &str) {
        let mut at = self;
        for segment in template.split('/').skip(1) {
            at = if segment.starts_with('{') {
                at.placeholder.get_or_insert_default()
            } else {
                at.literal.entry(segment.to_owned()).or_default()
            };
        }
        at.template = Some(template.to_owned());
    }

    /// The template for these segments; a literal segment wins over a placeholder.
    pub(super) fn find(&self, segments: &[&str]) -> Option<&str> {
        let Some((first, rest)) = segments.split_first() else { return self.template.as_deref() };
        let literal = self.literal.get(*first).and_then(|next| next.find(rest));
        let placeholder = self.placeholder.as_ref().filter(|_| !first.is_empty());
        literal.or_else(|| placeholder.and_then(|next| next.find(rest)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_segment_wins_and_a_placeholder_takes_the_rest() {
        let mut router = Router::default();
        for template in
            ["/", "/nodes/{node}/qemu/{vmid}", "/nodes/{node}/qemu/{vmid}/config", "/nodes/{node}/{any}/special"]
        {
            router.add(template);
        }
        assert_eq!(router.find(&["nodes", "a", "qemu", "1"]), Some("/nodes/{node}/qemu/{vmid}"));
        assert_eq!(router.find(&["nodes", "a", "qemu", "special"]), Some("/nodes/{node}/qemu/{vmid}"));
        assert_eq!(router.find(&["nodes", "a", "lxc", "special"]), Some("/nodes/{node}/{any}/special"));
        assert_eq!(router.find(&["nodes", "a", "qemu"]), None);
        assert_eq!(router.find(&[""]), Some("/"));
    }
}
