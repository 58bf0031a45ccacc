use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use chrono::Duration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::state::{StateCreate, retry_in_process, store as store_state};
use super::unfinished;
use crate::body::{id, parse};
use crate::error::ApiError;
use crate::filter::Unfinished;
use crate::model::{CollisionStrategy, Deployment, FlowRun, RunState, now};
use crate::store::{Reading, ReadingRecords, Store, WriteTx};
use crate::transition::{Facts, Verdict, decide, force};

#[derive(Deserialize)]
struct SetState {
    state: StateCreate,
    #[serde(default)]
    force: bool,
}

/// Proposes a state: 201 if the run entered a state, 200 if nothing changed; `status` in the body tells the rest.
pub(in crate::api) async fn set_state(
    State(store): State<Store>,
    Path(path): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let id = id(&path)?;
    let proposal: SetState = parse(&body)?;
    store
        .write(move |tx| {
            let missing = || {
                ApiError::Exception(
                    StatusCode::NOT_FOUND,
                    format!("Flow run with id {id} not found"),
                )
            };
            let run: FlowRun = tx.find(id)?.ok_or_else(missing)?;
            propose(tx, run, proposal.state, proposal.force)
        })
        .await
}

/// Decides what becomes of a proposed state, and answers so.
pub(super) fn propose(
    tx: &mut WriteTx,
    mut run: FlowRun,
    state: StateCreate,
    forced: bool,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let now = now();
    let proposed = state.into_state(run.id, now);
    let rules = if forced { force } else { decide };
    let facts = facts(tx, &run, &proposed)?;
    let (entered, status, details) = match rules(&run.state, proposed, &facts, now) {
        Verdict::Accept(state) => (Some(state), "ACCEPT", json!({ "type": "accept_details" })),
        Verdict::Replace(state, reason) => {
            // Another attempt in the place of a failure.
            if state.name == "AwaitingRetry" {
                retry_in_process(&mut run);
            }
            (Some(state), "REJECT", rejected(reason))
        }
        Verdict::Reject(reason) => (None, "REJECT", rejected(&reason)),
        Verdict::Wait { seconds } => (
            None,
            "WAIT",
            json!({
                "type": "wait_details",
                "delay_seconds": seconds,
                "reason": "Scheduled time is in the future",
            }),
        ),
        Verdict::Abort(reason) => (
            None,
            "ABORT",
            json!({ "type": "abort_details", "reason": reason }),
        ),
    };
    let code = if entered.is_some() {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    if let Some(state) = entered {
        store_state(tx, &mut run, state)?;
    }
    Ok((
        code,
        Json(json!({ "state": run.state, "status": status, "details": details })),
    ))
}

fn rejected(reason: &str) -> Value {
    json!({ "type": "reject_details", "reason": reason })
}

/// What becomes of one more active run of this run's deployment, if it has as many as it may.
fn no_slot(tx: &impl Reading, run: &FlowRun) -> Result<Option<CollisionStrategy>, ApiError> {
    let deployment: Option<Deployment> = match run.deployment_id {
        Some(deployment) => tx.find(deployment)?,
        None => None,
    };
    let Some(deployment) = deployment else {
        return Ok(None);
    };
    let Some(limit) = &deployment.concurrency_limit else {
        return Ok(None);
    };
    let all = Unfinished {
        waiting: true,
        from: None,
        until: None,
        active: true,
    };
    let taken = unfinished(tx, all)?
        .iter()
        .filter(|other| other.id != run.id && other.deployment_id == run.deployment_id)
        .filter(|other| other.holds_slot())
        .count();
    let options = deployment.concurrency_options;
    Ok((taken >= limit.limit as usize).then(|| {
        options.map_or(CollisionStrategy::Enqueue, |options| {
            options.collision_strategy
        })
    }))
}

fn facts(tx: &impl Reading, run: &FlowRun, proposed: &RunState) -> Result<Facts, ApiError> {
    let policy = |key: &str| run.empirical_policy.get(key);
    let seconds = policy("retry_delay")
        .and_then(Value::as_f64)
        .unwrap_or_default();
    let key = proposed.state_details.get("pause_key");
    let fired = policy("pause_keys").and_then(Value::as_array);
    Ok(Facts {
        has_fired: fired.is_some_and(|fired| key.is_some_and(|key| fired.contains(key))),
        has_infrastructure: run.infrastructure_pid.is_some(),
        has_deployment: run.deployment_id.is_some(),
        run_count: run.run_count,
        retries: policy("retries")
            .and_then(Value::as_u64)
            .and_then(|retries| u32::try_from(retries).ok()),
        retry_delay: Duration::milliseconds((seconds * 1000.0) as i64),
        no_slot: no_slot(tx, run)?,
    })
}
