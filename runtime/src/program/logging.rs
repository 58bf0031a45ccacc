//! Logs: always on the terminal, and on the server for a run that a worker started.

use std::io::IsTerminal;
use std::sync::Arc;

use tracing_subscriber::Registry;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::log::{Queue, RUN_TARGET, RunLayer};
use crate::mask::MaskedStderr;

/// Variables that choose what is logged: `tracing` directives, or the name of one of Prefect's levels.
const DIRECTIVES: &str = "RUST_LOG";
const LEVEL: &str = "PREFECT_LOGGING_LEVEL";

/// Prefect's setting by which logs stay away from the server.
const TO_API: &str = "PREFECT_LOGGING_TO_API_ENABLED";

/// Sends `tracing` events to standard error, and to the server's queue if the run is the server's.
#[expect(
    clippy::disallowed_methods,
    reason = "asks whether there is a terminal; `MaskedStderr` writes"
)]
pub(super) fn start<L>(of_server: bool, layer: L) -> Option<Arc<Queue>>
where
    L: Layer<Registry> + Send + Sync + 'static,
{
    let variable = |name: &str| std::env::var(name).ok();
    let (filter, mistake) = filter(&variable);
    let queue = (of_server && is_sent(&variable)).then(|| Arc::new(Queue::new()));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(MaskedStderr::new)
        .with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry()
        .with(layer)
        .with(lines)
        .with(queue.clone().map(RunLayer::new))
        .with(filter)
        .init();
    if let Some(mistake) = mistake {
        tracing::warn!("{mistake}");
    }
    queue
}

fn is_sent(variable: &impl Fn(&str) -> Option<String>) -> bool {
    let value = variable(TO_API).unwrap_or_default().to_lowercase();
    !matches!(value.as_str(), "0" | "f" | "false" | "n" | "no" | "off")
}

/// What is logged, and what is wrong with the variables that say so; `info` is the default.
fn filter(variable: &impl Fn(&str) -> Option<String>) -> (Targets, Option<String>) {
    let unless_told = Targets::new().with_default(LevelFilter::INFO);
    let (chosen, mistake) = match (variable(DIRECTIVES), variable(LEVEL)) {
        (Some(text), _) if !text.is_empty() => match text.parse::<Targets>() {
            Ok(targets) => (targets, None),
            Err(error) => (
                unless_told,
                Some(format!("{DIRECTIVES} is ignored: {error}")),
            ),
        },
        (_, Some(name)) => match level(&name) {
            Some(level) => (Targets::new().with_default(level), None),
            None => (
                unless_told,
                Some(format!(
                    "{LEVEL} is ignored: `{name}` is none of Prefect's levels"
                )),
            ),
        },
        _ => (unless_told, None),
    };
    // Without its spans no event would know its run.
    (chosen.with_target(RUN_TARGET, LevelFilter::ERROR), mistake)
}

fn level(name: &str) -> Option<LevelFilter> {
    Some(match name.to_uppercase().as_str() {
        "NOTSET" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARNING" | "WARN" => LevelFilter::WARN,
        "ERROR" | "CRITICAL" => LevelFilter::ERROR,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn rust_log_wins_over_prefects_level() {
        for (directives, name, debug, info, warning) in [
            (None, None, false, true, true),
            (None, Some("WARNING"), false, false, true),
            (None, Some("debug"), true, true, true),
            (None, Some("loud"), false, true, true),
            (Some("debug"), Some("ERROR"), true, true, true),
            (Some("flow=warn"), None, false, false, true),
            (Some("flow=loud"), None, false, true, true),
            (Some(""), Some("WARNING"), false, false, true),
        ] {
            let variable = |key: &str| {
                let value = if key == DIRECTIVES { directives } else { name };
                value.map(str::to_owned)
            };
            let (filter, mistake) = filter(&variable);
            let enabled = |level| filter.would_enable("flow", &level);
            assert_eq!(
                (
                    enabled(Level::DEBUG),
                    enabled(Level::INFO),
                    enabled(Level::WARN)
                ),
                (debug, info, warning),
                "{directives:?} {name:?}"
            );
            assert!(filter.would_enable(RUN_TARGET, &Level::ERROR));
            let is_wrong = [directives, name]
                .iter()
                .flatten()
                .any(|text| text.contains("loud"));
            assert_eq!(mistake.is_some(), is_wrong, "{mistake:?}");
        }
    }
}
