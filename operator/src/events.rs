//! Events on transitions: what a person reads in `kubectl describe`.

use kube::{
    Resource,
    runtime::events::{Event, EventType, Recorder, Reporter},
};
use slipway_crds::names::{ANNOTATION_REQUEST_ID, MANAGER_OPERATOR};

/// The first `bytes` bytes of a text, at a character's border.
pub fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

#[derive(Clone)]
pub struct Events {
    recorder: Recorder,
}

impl Events {
    pub fn new(client: kube::Client) -> Self {
        let reporter = Reporter { controller: MANAGER_OPERATOR.to_owned(), instance: None };
        Self { recorder: Recorder::new(client, reporter) }
    }

    /// Publishes one; an Event that cannot be written is logged and forgotten, for nothing rests on it.
    pub async fn publish<K: Resource<DynamicType = ()>>(&self, object: &K, warning: bool, reason: &str, note: &str) {
        let request = object.meta().annotations.as_ref().and_then(|a| a.get(ANNOTATION_REQUEST_ID));
        let note = request.map_or_else(|| note.to_owned(), |id| format!("{note} [request {id}]"));
        let event = Event {
            type_: if warning { EventType::Warning } else { EventType::Normal },
            reason: reason.to_owned(),
            // The API server refuses notes above 1 KiB.
            note: Some(cut(&note, 1024).to_owned()),
            action: "Reconcile".to_owned(),
            secondary: None,
        };
        let reference = object.object_ref(&());
        let publish = self.recorder.publish(&event, &reference);
        match tokio::time::timeout(std::time::Duration::from_secs(5), publish).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, reason, "an Event could not be written"),
            Err(_) => tracing::warn!(reason, "an Event could not be written in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_text_is_cut_at_a_characters_border() {
        assert_eq!(cut("short", 10), "short");
        assert_eq!(cut("ääää", 5), "ää");
    }
}
