//! One run from the claim to an end that the server knows.

use std::process::ExitStatus;

use longshore_prefect::{
    Deployment, Error, FlowRun, FlowRunUpdate, SetStateStatus, State, StateType,
};
use tokio::sync::watch;
use uuid::Uuid;

use super::command::{StartError, start_of};
use super::process::{Order, Process, described};
use super::runs::Place;
use crate::report::tell;
use crate::run::watch::describe;

/// Runs it; what goes wrong is told here, and on the server as far as that is possible.
pub(super) async fn live(
    place: &Place,
    run: FlowRun,
    deployment: Option<Deployment>,
    mut orders: watch::Receiver<Order>,
) {
    let name = run.name.clone();
    if let Err(error) = try_live(place, run, deployment, &mut orders).await {
        tell(&format!(
            "{name}: the server cannot be told what happens: {error}"
        ));
    }
}

async fn try_live(
    place: &Place,
    run: FlowRun,
    deployment: Option<Deployment>,
    orders: &mut watch::Receiver<Order>,
) -> Result<(), Error> {
    if *orders.borrow() > Order::Run || !claim(place, &run).await? {
        return Ok(());
    }
    let started = match deployment {
        Some(deployment) => start(place, &run, &deployment).await,
        None => Err("its deployment was deleted".to_owned()),
    };
    let process = match started {
        Ok(process) => process,
        Err(reason) => return crash(place, &run, &reason).await,
    };
    let update = FlowRunUpdate {
        infrastructure_pid: Some(process.id.to_string()),
        ..FlowRunUpdate::default()
    };
    let told = place.client.update_flow_run(run.id, &update).await;
    let ended = process.end(orders).await;
    told?;
    let order = *orders.borrow();
    settle(place, &run, ended, order).await
}

/// Takes the run, unless it has been taken or cancelled meanwhile, or has to wait.
async fn claim(place: &Place, run: &FlowRun) -> Result<bool, Error> {
    let pending = State::new(StateType::Pending);
    let claim = Uuid::new_v4();
    let answer = place.client.set_flow_run_state(run.id, pending, claim);
    let answer = answer.await?;
    let is_taken = answer.status == SetStateStatus::Accept || answer.is_repetition(claim);
    if !is_taken && let Some(state) = &answer.state {
        tell(&format!("{}: {}", run.name, describe(state)));
    }
    Ok(is_taken)
}

async fn start(place: &Place, run: &FlowRun, deployment: &Deployment) -> Result<Process, String> {
    let in_full = |error: StartError| error.in_full();
    let start = start_of(run, deployment, &place.stores).map_err(in_full)?;
    if !start.ignored.is_empty() {
        tell(&format!(
            "{}: ignored the run's own job variables {}; they are its deployment's",
            run.name,
            start.ignored.join(", ")
        ));
    }
    let ready = place.verified.ready(&start.program).await;
    let process = Process::start(&start, ready.map_err(in_full)?, run, place).map_err(in_full)?;
    let flow = place.client.flow(run.flow_id).await.ok().flatten();
    tell(&format!(
        "{}: run of {}/{} started (process {})",
        run.name,
        flow.map(|flow| flow.name).unwrap_or_default(),
        deployment.name,
        process.id
    ));
    Ok(process)
}

/// What becomes of a run whose process has ended, from the state that it is in.
#[derive(Debug, PartialEq, Eq)]
enum Settlement {
    /// It has ended, or goes on another time.
    AsItIs,
    Cancelled,
    Crashed,
}

fn settlement(state: Option<&State>) -> Settlement {
    let Some(state) = state else {
        return Settlement::Crashed;
    };
    match (state.kind, state.name.as_deref()) {
        (StateType::Cancelling, _) => Settlement::Cancelled,
        (StateType::Paused, Some("Suspended")) => Settlement::AsItIs,
        (StateType::Pending | StateType::Running | StateType::Paused, _) => Settlement::Crashed,
        _ => Settlement::AsItIs,
    }
}

async fn settle(
    place: &Place,
    run: &FlowRun,
    ended: std::io::Result<ExitStatus>,
    order: Order,
) -> Result<(), Error> {
    let Some(current) = place.client.flow_run(run.id).await? else {
        return Ok(());
    };
    let is_orphan = super::runs::waits_in_its_process(&current);
    match settlement(current.state.as_ref()) {
        Settlement::Cancelled => {
            let state = State {
                message: Some("The process of the run was ended.".to_owned()),
                ..State::new(StateType::Cancelled)
            };
            set(place, run, state).await
        }
        Settlement::AsItIs if !is_orphan => {
            if let Some(state) = &current.state {
                tell(&format!("{}: {}", run.name, describe(state)));
            }
            Ok(())
        }
        _ => {
            let how = match &ended {
                Ok(status) => described(*status),
                Err(error) => format!("was lost sight of ({error})"),
            };
            let reason = if order > Order::Run {
                format!("`deploy serve` was stopped; the process {how}")
            } else {
                format!("the process {how} before the run had ended")
            };
            crash(place, run, &reason).await
        }
    }
}

async fn crash(place: &Place, run: &FlowRun, reason: &str) -> Result<(), Error> {
    let state = State {
        message: Some(reason.to_owned()),
        ..State::new(StateType::Crashed)
    };
    set(place, run, state).await
}

async fn set(place: &Place, run: &FlowRun, state: State) -> Result<(), Error> {
    let answer = place
        .client
        .set_flow_run_state(run.id, state, Uuid::new_v4());
    if let Some(state) = answer.await?.state {
        tell(&format!("{}: {}", run.name, describe(&state)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_has_not_ended_is_settled() {
        let named = |kind, name: &str| State {
            name: Some(name.to_owned()),
            ..State::new(kind)
        };
        for (state, expected) in [
            (State::new(StateType::Pending), Settlement::Crashed),
            (State::new(StateType::Running), Settlement::Crashed),
            (named(StateType::Paused, "Paused"), Settlement::Crashed),
            (named(StateType::Paused, "Suspended"), Settlement::AsItIs),
            (State::new(StateType::Cancelling), Settlement::Cancelled),
            (State::new(StateType::Scheduled), Settlement::AsItIs),
            (State::new(StateType::Failed), Settlement::AsItIs),
        ] {
            assert_eq!(settlement(Some(&state)), expected, "{state:?}");
        }
    }
}
