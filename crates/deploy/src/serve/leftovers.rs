//! What a `serve` that was killed has left: runs that nobody runs any more, and processes that nobody waits for.

use std::fs;

use longshore_prefect::{Client, Error, FlowRun, FlowRunFilter, FlowRunOrder, State, StateType};
use uuid::Uuid;

use super::process::{Order, signal_group};
use super::runs::waits_in_its_process;
use crate::error::ReadServerError;
use crate::report::{tell, tell_error};

/// Ends both, before anything is started.
pub(super) async fn clear(client: &Client) {
    if let Err(error) = try_clear(client).await {
        tell_error(&ReadServerError::from(error));
    }
}

async fn try_clear(client: &Client) -> Result<(), Error> {
    let active = FlowRunFilter {
        states: vec![
            StateType::Pending,
            StateType::Running,
            StateType::Paused,
            StateType::Cancelling,
            StateType::Scheduled,
        ],
        ..FlowRunFilter::default()
    };
    let all = client
        .flow_runs(&active, FlowRunOrder::EarliestFirst, usize::MAX)
        .await?;
    for run in all {
        let Some(state) = run.state.as_ref() else {
            continue;
        };
        let is_lost = match state.kind {
            StateType::Pending | StateType::Running | StateType::Cancelling => true,
            StateType::Paused => state.name.as_deref() != Some("Suspended"),
            _ => waits_in_its_process(&run),
        };
        if is_lost {
            end(client, &run, state.kind).await?;
        }
    }
    Ok(())
}

async fn end(client: &Client, run: &FlowRun, kind: StateType) -> Result<(), Error> {
    let mut killed = "";
    if let Some(process) = orphan(run) {
        // Its server is gone, and the new one has another address: it can report nothing.
        signal_group(process, Order::Die);
        killed = ", and its process was killed now";
    }
    let state = if kind == StateType::Cancelling {
        State::new(StateType::Cancelled)
    } else {
        State {
            message: Some(format!("`deploy serve` was killed during the run{killed}")),
            ..State::new(StateType::Crashed)
        }
    };
    tell(&format!(
        "{}: left by a `deploy serve` that was killed{killed}",
        run.name
    ));
    client
        .set_flow_run_state(run.id, state, Uuid::new_v4())
        .await
        .map(drop)
}

/// The process of a run, if it is there still: told by its environment, since others may have its id by now.
fn orphan(run: &FlowRun) -> Option<u32> {
    let id: u32 = run.infrastructure_pid.as_deref()?.parse().ok()?;
    let environment = fs::read(format!("/proc/{id}/environ")).ok()?;
    let wanted = format!("PREFECT__FLOW_RUN_ID={}", run.id);
    environment
        .split(|byte| *byte == 0)
        .any(|variable| variable == wanted.as_bytes())
        .then_some(id)
}
