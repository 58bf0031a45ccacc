//! The life of a flow run in this process, from the first look to the end that the server knows.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use longshore_prefect::{FlowRun, SetStateAnswer, SetStateStatus, State, StateType};
use uuid::Uuid;

use super::api::Api;
use super::attempt::{self, Ended, Outcome};
use super::ending;
use super::heartbeat::Heartbeat;
use super::phase::Phase;
use super::preparation::preparation;
use super::{EngineError, artifact, container, reentry, secrets};
use crate::log::RUN_TARGET;
use crate::mask::masked;
use crate::parameter::Arguments;
use crate::record::FlowRecord;
use crate::registry::Registry;
use crate::run::{Attempt, Run};

/// Runs the flow run, if it is for this process to run.
pub(super) async fn live(api: &Arc<Api>, registry: &Registry) -> Result<(), EngineError> {
    let (run, digest) = tokio::join!(api.read(), artifact::digest());
    let mut run = run?;
    if !is_ours(api, &run, reentry::is_reentry()).await? {
        return Ok(());
    }
    let (name, deployment) = tokio::try_join!(api.flow_name(&run), api.deployment_name(&run))?;
    let mut flows = registry.flows.iter();
    let Some(flow) = flows.find(|flow| flow.name.as_str() == name) else {
        let missing = format!("the flow `{name}` is not in this program; deploy the flow again");
        return finish(api, &Outcome::Crashed(missing)).await.map(drop);
    };
    let name = deployment.as_deref();
    if let Some(missing) = secrets::resolve_all(api, registry, flow, name).await? {
        return finish(api, &Outcome::Failed(missing)).await.map(drop);
    }
    let mut next = due(&run);
    loop {
        if let Some(left) = next.and_then(|next| (next - Utc::now()).to_std().ok()) {
            tokio::time::sleep(left).await;
            run = api.read().await?;
            // A server of 3.x would let a run begin again that has been cancelled meanwhile.
            if !is_ours(api, &run, true).await? {
                return Ok(());
            }
        }
        if let Some(update) = preparation(flow, &run, digest.clone()) {
            api.update(&update).await?;
        }
        match begin(api, &run).await? {
            Some(begun) => run = begun,
            None => return Ok(()),
        }
        api.phase.set(Phase::Attempting);
        let Ended { outcome, runs_on } = attempt(api, flow, &run, deployment.as_deref()).await;
        if let Some(cause) = ending::cause_of(outcome.is_completed()) {
            return ending::settle(api, cause).await;
        }
        let Some(again) = finish(api, &outcome).await? else {
            return Ok(());
        };
        if runs_on {
            return reentry::reenter(api, again).await;
        }
        api.phase.set(Phase::Waiting);
        tracing::info!("the next attempt starts at {again}");
        next = Some(again);
        run = api.read().await?;
    }
}

async fn attempt(
    api: &Arc<Api>,
    flow: &'static FlowRecord,
    run: &FlowRun,
    deployment: Option<&str>,
) -> Ended {
    let span = tracing::error_span!(target: RUN_TARGET, "flow", name = %flow.name, run = %run.name);
    let _heartbeat = Heartbeat::start(api.client.clone(), run);
    let context = Run::new(run.clone(), flow.name.as_str(), deployment);
    let attempt = Attempt::of_process(context, Arc::clone(api));
    let ended = attempt::call(flow, Arguments::new(run.parameters.clone()), span).await;
    api.phase.set(Phase::Reporting);
    attempt.end().await;
    let state = match ending::cause_of(ended.outcome.is_completed()) {
        Some(cause) => ending::interrupted(cause),
        None => ending::abandoned(),
    };
    api.end_subflows(api.take_open_subflows(), &state).await;
    api.flush_task_reports().await;
    ended
}

/// Whether the run is for this process; a run that was cancelled before it began is ended.
async fn is_ours(api: &Api, run: &FlowRun, is_further: bool) -> Result<bool, EngineError> {
    let Some(reason) = not_ours(run, is_further) else {
        return Ok(true);
    };
    tracing::info!("the flow run {reason}: it is not run again");
    end_cancelling(api, run, is_further).await?;
    Ok(false)
}

/// Why a run is not for this process; a server would accept Running for runs that have ended or run elsewhere.
fn not_ours(run: &FlowRun, is_further: bool) -> Option<String> {
    let state = run.state.as_ref()?;
    let belongs_to_a_process = state.name.as_deref() == Some("AwaitingRetry")
        && run.empirical_policy.get("retry_type") == Some(&"in_process".into());
    match state.kind {
        StateType::Scheduled if belongs_to_a_process && !is_further => {
            Some("waits for its next attempt in another process".to_owned())
        }
        StateType::Scheduled | StateType::Pending => None,
        StateType::Running if reentry::is_relinquished(run) => None,
        StateType::Running => Some("runs in another process".to_owned()),
        kind => Some(format!("is {kind:?} already")),
    }
}

/// Ends a run that is being cancelled while no process runs it: before its first attempt, or between two.
async fn end_cancelling(api: &Api, run: &FlowRun, is_further: bool) -> Result<(), EngineError> {
    let is_cancelling = run.state.as_ref().map(|state| state.kind) == Some(StateType::Cancelling);
    if is_cancelling && (is_further || run.run_count == 0) {
        cancel(api).await?;
    }
    Ok(())
}

fn due(run: &FlowRun) -> Option<DateTime<Utc>> {
    run.state.as_ref()?.state_details.scheduled_time
}

/// The run as it is once it runs here; `None` if the server or another process does not let it.
pub(super) async fn begin(api: &Api, run: &FlowRun) -> Result<Option<FlowRun>, EngineError> {
    let transition = Uuid::new_v4();
    let running = State::new(StateType::Running);
    let answer = api.propose(&running, transition).await?;
    if answer.status != SetStateStatus::Accept {
        tracing::info!("the flow run does not start here: {}", told(&answer));
        let mut run = run.clone();
        run.state = answer.state;
        end_cancelling(api, &run, false).await?;
        return Ok(None);
    }
    // Parameters count as they are now, for every attempt.
    let begun = api.read().await?;
    if begun.run_count > run.run_count + 1 && !came_first(api, run, transition).await? {
        return Ok(None);
    }
    Ok(Some(begun))
}

/// Of processes that the server has all let in, the first one runs; whoever was late puts an end back that it
/// has overwritten.
async fn came_first(api: &Api, run: &FlowRun, transition: Uuid) -> Result<bool, EngineError> {
    let states = api.states().await?;
    let ours = |state: &State| state.state_details.transition_id == Some(transition);
    let id = |state: &State| state.state_details.transition_id;
    let relinquished = run.state.as_ref().and_then(id);
    let before = states.iter().take_while(|state| !ours(state)).last();
    let before = before.filter(|state| relinquished.is_none() || id(state) != relinquished);
    match before.map(|state| state.kind) {
        Some(kind) if kind.is_terminal() => {
            tracing::info!("another process has run the flow run to its end meanwhile");
            if let (Some(end), Some(true)) = (before, states.last().map(ours)) {
                api.restore(end).await?;
            }
            Ok(false)
        }
        Some(StateType::Running) => {
            tracing::info!("another process has begun the flow run a moment before");
            Ok(false)
        }
        _ => Ok(true),
    }
}

/// Reports how an attempt ended; the time of the next one if the server wants it.
pub(super) async fn finish(
    api: &Api,
    outcome: &Outcome,
) -> Result<Option<DateTime<Utc>>, EngineError> {
    let mut state = state_of(outcome);
    if let Some(message) = &mut state.message {
        if let Some(killed) = api.killed().described() {
            message.push('\n');
            message.push_str(&killed);
        }
        tracing::error!("flow run failed: {message}");
        container::write_termination_message(message);
    }
    api.flush_logs().await;
    let reported = report(api, &state).await;
    reported.map_err(|source| EngineError::Unreported {
        kind: state.kind,
        message: state.message,
        source: Box::new(source),
    })
}

/// Tells the server an end, unless it knows one already; the time of the next attempt if it wants one.
pub(super) async fn report(api: &Api, state: &State) -> Result<Option<DateTime<Utc>>, EngineError> {
    // A server of 3.x would take the end of a run that has been cancelled or given up meanwhile.
    match api.read().await?.state.map(|current| current.kind) {
        Some(StateType::Cancelling) => return cancel(api).await,
        Some(kind) if kind.is_terminal() => {
            tracing::warn!("the flow run is {kind:?} already: that stays");
            return Ok(None);
        }
        _ => {}
    }
    let answer = api.propose(state, Uuid::new_v4()).await?;
    match (answer.status, &answer.state) {
        (SetStateStatus::Accept, _) => Ok(None),
        (_, Some(current)) if current.kind == StateType::Cancelling => cancel(api).await,
        (SetStateStatus::Reject, Some(next)) if next.kind == StateType::Scheduled => {
            let due = next.state_details.scheduled_time;
            Ok(Some(due.unwrap_or_else(Utc::now)))
        }
        _ => {
            tracing::warn!("the end of the flow run is not taken: {}", told(&answer));
            Ok(None)
        }
    }
}

/// Ends a run that is being cancelled: its server takes no other end.
async fn cancel(api: &Api) -> Result<Option<DateTime<Utc>>, EngineError> {
    api.propose(&ending::cancelled(), Uuid::new_v4()).await?;
    Ok(None)
}

fn told(answer: &SetStateAnswer) -> String {
    let state = match &answer.state {
        Some(state) => format!("it is {:?}", state.kind),
        None => "it has no state".to_owned(),
    };
    match &answer.details.reason {
        Some(reason) => format!("{state} ({reason})"),
        None => state,
    }
}

/// The state that an attempt ends in.
pub(super) fn state_of(outcome: &Outcome) -> State {
    if let Some(cause) = ending::cause_of(outcome.is_completed()) {
        // Another attempt would have no process.
        return ending::interrupted(cause);
    }
    let (kind, name, message) = match outcome {
        Outcome::Completed => (StateType::Completed, None, None),
        Outcome::Failed(message) => (StateType::Failed, None, Some(message.clone())),
        Outcome::TimedOut(limit) => {
            let seconds = limit.as_secs_f64();
            let message = format!("Flow run exceeded timeout of {seconds} second(s)");
            (
                StateType::Failed,
                Some("TimedOut".to_owned()),
                Some(message),
            )
        }
        Outcome::Crashed(message) => (StateType::Crashed, None, Some(message.clone())),
    };
    State {
        name,
        message: message.map(|text| masked(&text).into_owned()),
        ..State::new(kind)
    }
}
