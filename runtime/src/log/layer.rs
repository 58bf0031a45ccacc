//! The layer that turns events into records of the run's log.

use std::sync::Arc;

use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::text::Text;
use super::{Queue, RUN_TARGET};

/// Beginnings of targets that speak of connections, the engine's own to the server among them.
const TRANSPORT: [&str; 5] = ["h2", "hyper", "longshore_prefect", "reqwest", "rustls"];

/// Puts every event into the queue, with the spans around it.
#[derive(Debug)]
pub(crate) struct RunLayer {
    queue: Arc<Queue>,
}

impl RunLayer {
    pub(crate) fn new(queue: Arc<Queue>) -> Self {
        Self { queue }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for RunLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && span.metadata().target() != RUN_TARGET
        {
            let mut text = Text::default();
            attributes.record(&mut text);
            span.extensions_mut().insert(text);
        }
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(text) = span.extensions_mut().get_mut::<Text>()
        {
            values.record(text);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut is_of_run = false;
        let mut place = String::new();
        for span in context.event_scope(event).into_iter().flatten() {
            if span.metadata().target() == RUN_TARGET {
                is_of_run = true;
            } else if let Some(text) = span.extensions().get::<Text>() {
                place.insert_str(0, &format!("{}: ", text.span(span.name())));
            }
        }
        let mut text = Text::default();
        event.record(&mut text);
        let target = text.target().unwrap_or(event.metadata().target());
        // What is sent is spoken of by the connection that sends it, which would never end.
        if !is_of_run && TRANSPORT.iter().any(|start| target.starts_with(start)) {
            return;
        }
        let text = format!("{place}{}", text.event());
        let level = level(event.metadata().level());
        let text = crate::mask::masked(&text).into_owned();
        self.queue.push(level, text, crate::context::origin());
    }
}

/// The number that Prefect's clients give to a level.
fn level(level: &Level) -> i32 {
    match *level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        _ => 10,
    }
}
