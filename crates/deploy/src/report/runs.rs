//! Runs as a table and as JSON.

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{FlowRun, State, StateType};
use serde_json::{Value, json};

use super::table::Column::{Flexible, Whole};
use super::table::{Table, WIDTH};
use crate::run::runs::ListedRun;

/// Letters of an id that tell runs apart in practice.
pub(crate) const SHORT_ID: usize = 8;

/// Letters of a message that are shown in a table.
const MESSAGE: usize = 60;

/// One line per run.
pub(crate) fn text(listed: &[ListedRun], now: DateTime<Utc>) -> String {
    let mut table = Table::new(vec![
        Whole("run"),
        Whole("id"),
        Whole("deployment"),
        Flexible("state"),
        Whole("start (UTC)"),
        Whole("took"),
    ]);
    for listed in listed {
        let run = &listed.run;
        let start = run.start_time.or(run.expected_start_time);
        table.row(vec![
            run.name.clone(),
            short_id(run),
            listed.of(),
            run.state.as_ref().map_or_else(String::new, described),
            start.map_or_else(String::new, |start| {
                start.format("%Y-%m-%d %H:%M:%S").to_string()
            }),
            took(run, now).map_or_else(|| "-".to_owned(), span),
        ]);
    }
    table.render(WIDTH)
}

/// The first letters of a run's id.
pub(crate) fn short_id(run: &FlowRun) -> String {
    let mut id = run.id.to_string();
    id.truncate(SHORT_ID);
    id
}

/// A state's name; of a failure what it says, in short.
fn described(state: &State) -> String {
    let name = match &state.name {
        Some(name) => name.clone(),
        None => format!("{:?}", state.kind),
    };
    let message = state
        .message
        .as_deref()
        .and_then(|text| text.lines().next());
    match (state.kind, message) {
        (StateType::Failed | StateType::Crashed, Some(message)) if !message.is_empty() => {
            let short: String = message.chars().take(MESSAGE).collect();
            let rest = if short.len() < message.len() {
                "..."
            } else {
                ""
            };
            format!("{name}: {short}{rest}")
        }
        _ => name,
    }
}

/// How long it ran, or has run until now.
fn took(run: &FlowRun, now: DateTime<Utc>) -> Option<TimeDelta> {
    let runs = run
        .state
        .as_ref()
        .is_some_and(|state| matches!(state.kind, StateType::Running | StateType::Cancelling));
    let end = run.end_time.or(runs.then_some(now))?;
    // The clock of the server may be a little ahead.
    Some((end - run.start_time?).max(TimeDelta::zero()))
}

/// A span in two units at the most.
fn span(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    match seconds {
        ..60 => format!("{:.1} s", time.as_seconds_f64()),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

/// A run with the names that it goes by.
pub(crate) fn json(listed: &ListedRun) -> Value {
    let run = &listed.run;
    json!({
        "id": run.id,
        "name": run.name,
        "flow": listed.flow,
        "deployment": listed.deployment,
        "state": run.state.as_ref().map(|state| json!({
            "type": state.kind,
            "name": state.name,
            "message": state.message,
        })),
        "expected_start_time": run.expected_start_time,
        "start_time": run.start_time,
        "end_time": run.end_time,
        "run_count": run.run_count,
        "auto_scheduled": run.auto_scheduled,
        "parameters": run.parameters,
        "flow_version": run.flow_version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_the_most() {
        for (milliseconds, expected) in [
            (40, "0.0 s"),
            (59_940, "59.9 s"),
            (60_000, "1 min 0 s"),
            (3_599_000, "59 min 59 s"),
            (90_061_000, "25 h 1 min"),
        ] {
            assert_eq!(span(TimeDelta::milliseconds(milliseconds)), expected);
        }
    }

    #[test]
    fn failures_say_why_and_others_do_not() {
        let state = |kind, message: &str| State {
            message: Some(message.to_owned()),
            ..State::new(kind)
        };
        let long = "å".repeat(MESSAGE + 1);
        let cut = format!("Failed: {}...", "å".repeat(MESSAGE));
        for (state, expected) in [
            (state(StateType::Completed, "All well"), "Completed"),
            (
                state(StateType::Failed, "no disk\nat all"),
                "Failed: no disk",
            ),
            (state(StateType::Crashed, ""), "Crashed"),
            (state(StateType::Failed, &long), cut.as_str()),
        ] {
            assert_eq!(described(&state), expected);
        }
    }
}
