use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::by_id;
use super::set_state::propose;
use super::state::StateCreate;
use crate::body::id;
use crate::error::ApiError;
use crate::model::{FlowRun, StateType};
use crate::store::Store;

/// Lets a paused run go on: in its process, or in a new one if it was suspended.
pub(in crate::api) async fn resume(
    State(store): State<Store>,
    Path(path): Path<String>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let id = id(&path)?;
    store
        .write(move |tx| {
            let run: FlowRun = by_id(tx, id)?;
            if run.state.kind != StateType::Paused {
                let reason = "Cannot resume a flow run that is not paused.";
                let details = json!({ "type": "abort_details", "reason": reason });
                let answer = json!({ "state": null, "status": "ABORT", "details": details });
                return Ok((StatusCode::OK, Json(answer)));
            }
            let next = if run.state.flag("pause_reschedule") {
                StateCreate::named(StateType::Scheduled, "Resuming")
            } else {
                StateCreate::of(StateType::Running)
            };
            propose(tx, run, next, false)
        })
        .await
}
