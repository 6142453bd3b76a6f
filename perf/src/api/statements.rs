//! What is sent to Postgres while something is done: `sqlx` tells each statement, and each notice, as an event.

use std::{
    fmt::{self, Debug},
    sync::{Arc, Mutex, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    instrument::WithSubscriber as _,
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt as _},
};

const STATEMENTS: &str = "sqlx::query";
const NOTICES: &str = "sqlx::postgres::notice";

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    /// The first words of each statement; without those that begin and end transactions.
    pub(crate) statements: Vec<String>,
    pub(super) notices: Vec<String>,
}

/// Does it, and tells what was sent meanwhile.
pub(crate) async fn sent<T>(work: impl Future<Output = T>) -> (T, Sent) {
    let ear = Ear::default();
    let wanted = Targets::new().with_target(STATEMENTS, Level::TRACE).with_target(NOTICES, Level::TRACE);
    let done = work.with_subscriber(tracing_subscriber::registry().with(ear.clone().with_filter(wanted))).await;
    let sent = ear.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (done, sent)
}

#[derive(Default, Clone)]
struct Ear(Arc<Mutex<Sent>>);

impl<S: Subscriber> Layer<S> for Ear {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let statement = event.metadata().target() == STATEMENTS;
        let mut text = Text { name: if statement { "summary" } else { "message" }, value: String::new() };
        event.record(&mut text);
        match text.value {
            end if statement && (end == "COMMIT" || end == "ROLLBACK") => {}
            summary if statement => sent.statements.push(summary),
            message => sent.notices.push(message),
        }
    }
}

/// The value of one field.
struct Text {
    name: &'static str,
    value: String,
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.name {
            value.clone_into(&mut self.value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == self.name {
            self.value = fmt::format(format_args!("{value:?}"));
        }
    }
}
