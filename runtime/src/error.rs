//! The errors of a flow's program.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::panic::panic_text;

/// Any error that a flow's function may return.
pub type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why the parameters of a run do not fit the flow's function.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// A value of the wrong type or shape.
    #[error("the parameter `{name}` does not fit")]
    Read {
        /// Name of the parameter.
        name: String,
        /// What `serde` says of the value.
        source: serde_json::Error,
    },
    /// No value and no default.
    #[error("the parameter `{name}` has no value and no default")]
    Missing {
        /// Name of the parameter.
        name: String,
    },
    /// Values for parameters that the function does not have.
    #[error("the flow has no parameter {}", quoted(.names))]
    Unknown {
        /// The names, sorted.
        names: Vec<String>,
    },
}

/// A task did not end within its time limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the task `{task}` exceeded its time limit of {limit:?}")]
pub struct TaskTimedOut {
    /// Name of the task.
    pub task: String,
    /// The limit of each attempt.
    pub limit: std::time::Duration,
}

/// A flow that was called from a flow did not end within its time limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the flow `{flow}` exceeded its time limit of {limit:?}")]
pub struct FlowTimedOut {
    /// Name of the flow.
    pub flow: String,
    /// The limit of each attempt.
    pub limit: std::time::Duration,
}

fn quoted(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// More causes than this are taken for an error that is its own cause.
const MOST_CAUSES: usize = 64;

/// An error and its causes, one per line, each said once.
///
/// The code that shows an error is a flow's own: where it panics, that is the text.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let shown = catch_unwind(AssertUnwindSafe(|| {
        let mut text = error.to_string();
        let mut cause = error.source();
        for _ in 0..MOST_CAUSES {
            let Some(source) = cause else { break };
            text.push_str("\n  caused by: ");
            text.push_str(&source.to_string());
            cause = source.source();
        }
        text
    }));
    shown.unwrap_or_else(|payload| {
        let panic = panic_text(&*payload);
        discard(payload);
        format!("an error that cannot be shown: its `Display` or `source` {panic}")
    })
}

/// What libraries say if a subscriber or a logger of the process is set a second time: `tracing`, then `log`.
const ALREADY_SET: [&str; 2] = [
    "a global default trace dispatcher has already been set",
    "after the logging system was already initialized",
];

/// Returns why a flow failed, with advice if Longshore knows the reason.
pub(crate) fn advised(text: String) -> String {
    if !ALREADY_SET.iter().any(|reason| text.contains(reason)) {
        return text;
    }
    format!(
        "{text}\n  help: Longshore sets the subscriber of `tracing` and the logger of `log`: remove the flow's own, or \
         pass its layer in src/main.rs, `longshore::main!(my_flow, layer = || my_layer())`"
    )
}

/// Drops a value of a flow's own type, whose `Drop` may panic.
pub(crate) fn discard<T>(value: T) {
    // The panic's own payload is forgotten, since that may panic in turn.
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        std::mem::forget(payload);
    }
}
