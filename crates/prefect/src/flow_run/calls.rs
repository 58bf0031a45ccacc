use serde_json::json;
use uuid::Uuid;

use super::{FlowRun, FlowRunWrite, SetStateAnswer, State};
use crate::page::PAGE;
use crate::request::Request;
use crate::{Client, Error};

/// States after which others follow.
const UNFINISHED: [&str; 5] = ["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"];

impl Client {
    /// The future runs that the scheduler has made for these deployments, earliest first (`POST /flow_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn scheduled_runs(&self, deployments: &[Uuid]) -> Result<Vec<FlowRun>, Error> {
        let mut runs = self
            .in_state_scheduled(deployments, Some("auto-scheduled"))
            .await?;
        runs.retain(|run| run.auto_scheduled);
        Ok(runs)
    }

    /// All runs of these deployments that wait for their time or a worker, made by the scheduler or by hand, earliest
    /// first (`POST /flow_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn waiting_runs(&self, deployments: &[Uuid]) -> Result<Vec<FlowRun>, Error> {
        self.in_state_scheduled(deployments, None).await
    }

    /// All runs of the server that have not ended, in no order (`POST /flow_runs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn unfinished_runs(&self) -> Result<Vec<FlowRun>, Error> {
        let filter = json!({
            "flow_runs": { "state": { "type": { "any_": UNFINISHED } } },
            "sort": "ID_DESC",
        });
        self.pages(&["flow_runs", "filter"], "read unfinished runs", &filter)
            .await
    }

    async fn in_state_scheduled(
        &self,
        deployments: &[Uuid],
        tag: Option<&str>,
    ) -> Result<Vec<FlowRun>, Error> {
        let mut runs: Vec<FlowRun> = Vec::new();
        for ids in deployments.chunks(PAGE) {
            let mut filter = json!({
                "flow_runs": {
                    "deployment_id": { "any_": ids },
                    "state": { "type": { "any_": ["SCHEDULED"] } },
                },
                "sort": "EXPECTED_START_TIME_ASC",
            });
            if let Some(tag) = tag {
                filter["flow_runs"]["tags"] = json!({ "all_": [tag] });
            }
            runs.extend(
                self.pages::<FlowRun>(&["flow_runs", "filter"], "read scheduled runs", &filter)
                    .await?,
            );
        }
        runs.sort_by_key(|run| run.expected_start_time);
        Ok(runs)
    }

    /// Makes a run of a deployment (`POST /deployments/{id}/create_flow_run`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses: no such deployment (404), parameters break the schema (409).
    pub async fn create_flow_run(
        &self,
        deployment: Uuid,
        run: &FlowRunWrite,
    ) -> Result<FlowRun, Error> {
        let attempted = format!("create a run of deployment {deployment}");
        let path = ["deployments", &deployment.to_string(), "create_flow_run"];
        self.fetch(Request::post(&path, attempted).json(run)).await
    }

    /// The flow run with this id (`GET /flow_runs/{id}`), or `None`.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn flow_run(&self, id: Uuid) -> Result<Option<FlowRun>, Error> {
        self.fetch_optional(Request::get(
            &["flow_runs", &id.to_string()],
            format!("read flow run {id}"),
        ))
        .await
    }

    /// Proposes a state for a flow run (`POST /flow_runs/{id}/set_state`).
    ///
    /// `transition_id` is one per logical attempt: with it a proposal whose answer was lost can be repeated.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such run. A rejected proposal is not an error.
    pub async fn set_flow_run_state(
        &self,
        id: Uuid,
        state: State,
        transition_id: Uuid,
    ) -> Result<SetStateAnswer, Error> {
        let attempted = format!("set the state of flow run {id} to {:?}", state.kind);
        let mut state = state;
        state.state_details.transition_id = Some(transition_id);
        let request = Request::post(&["flow_runs", &id.to_string(), "set_state"], attempted);
        self.fetch(request.json(&json!({ "state": state, "force": false })))
            .await
    }
    /// Deletes a flow run (`DELETE /flow_runs/{id}`); `false` if it was gone already.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn delete_flow_run(&self, id: Uuid) -> Result<bool, Error> {
        let attempted = format!("delete flow run {id}");
        self.remove(Request::delete(&["flow_runs", &id.to_string()], attempted))
            .await
    }
}
