//! Mutated requests.

use axum::body::{Body, to_bytes};
use axum::http::Request;
use longshore_fuzz::{Target, assert_no_panic};
use tokio::runtime::Runtime;
use tower_service::Service as _;

use super::*;
use crate::Embedded;

/// A database with one deployment and one run of it.
struct Double {
    router: Router,
    runtime: Runtime,
    /// Placeholders in requests, with the ids that they stand for.
    ids: Vec<(&'static str, String)>,
    _folder: tempfile::TempDir,
}

impl Double {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Embedded::open(folder.path()).unwrap().into_store();
        let mut double = Self {
            router: router(store),
            runtime: Runtime::new().unwrap(),
            ids: Vec::new(),
            _folder: folder,
        };
        for (placeholder, request) in [
            ("FLOW", r#"POST /api/flows/ {"name": "report"}"#),
            (
                "POOL",
                r#"POST /api/work_pools/ {"name": "default", "type": "process"}"#,
            ),
            (
                "DEPLOYMENT",
                r#"POST /api/deployments/ {"name": "eu", "flow_id": "FLOW", "work_pool_name": "default"}"#,
            ),
            (
                "RUN",
                r#"POST /api/deployments/DEPLOYMENT/create_flow_run {}"#,
            ),
        ] {
            let (status, body) = double.ask(request).unwrap();
            assert!(status.is_success(), "{request}: {body}");
            let body: serde_json::Value = serde_json::from_str(&body).unwrap();
            let id = body["id"].as_str().unwrap().to_owned();
            double.ids.push((placeholder, id));
        }
        double
    }

    /// The answer to `METHOD /path body`; `None` if the text is no request.
    fn ask(&self, text: &str) -> Option<(StatusCode, String)> {
        let mut text = text.to_owned();
        for (placeholder, id) in &self.ids {
            text = text.replace(placeholder, id);
        }
        let (method, rest) = text.split_once(' ')?;
        let (path, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_owned()))
            .ok()?;
        let answer = self.router.clone().call(request);
        self.runtime.block_on(async {
            let answer = answer.await.unwrap();
            let status = answer.status();
            let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            Some((status, String::from_utf8_lossy(&body).into_owned()))
        })
    }
}

#[test]
fn requests_bear_mutated_input() {
    let double = Double::new();
    assert_no_panic(&[Target {
        name: "requests",
        seeds: &[
            r#"POST /api/deployments/ {"name": "no", "flow_id": "FLOW", "work_pool_name": "default", "parameters": {"n": 1e300}, "parameter_openapi_schema": {"type": "object", "properties": {"n": {"type": "integer"}}}, "enforce_parameter_schema": true, "schedules": [{"schedule": {"cron": "0 6 * * *", "timezone": "UTC"}, "slug": "a"}]}"#,
            r#"PATCH /api/deployments/DEPLOYMENT {"tags": ["a"], "concurrency_limit": 1, "job_variables": {"env": {"A": null}}}"#,
            r#"POST /api/deployments/DEPLOYMENT/create_flow_run {"parameters": {"days": 3}, "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": "2026-01-01T00:00:00Z"}}, "idempotency_key": "k"}"#,
            r#"POST /api/deployments/DEPLOYMENT/schedules [{"schedule": {"interval": 3600.5, "anchor_date": "2026-01-01T00:00:00+01:00"}, "active": true}]"#,
            r#"POST /api/flow_runs/RUN/set_state {"state": {"type": "RUNNING", "name": "Running", "message": null}, "force": false}"#,
            r#"POST /api/flow_runs/filter {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}, "expected_start_time": {"before_": "2026-01-01T00:00:00Z"}}, "sort": "EXPECTED_START_TIME_ASC", "limit": 5, "offset": 1}"#,
            r#"POST /api/logs/ [{"name": "a", "level": 20, "message": "m", "timestamp": "2026-01-01T00:00:00Z", "flow_run_id": "RUN"}]"#,
            r#"POST /api/logs/filter {"logs": {"level": {"ge_": 20}, "flow_run_id": {"any_": ["RUN"]}}, "sort": "TIMESTAMP_ASC", "limit": 200}"#,
            r#"POST /api/artifacts/ {"key": "report", "type": "markdown", "data": "x", "flow_run_id": "RUN"}"#,
            r#"POST /api/variables/ {"name": "a", "value": [1, {"b": 2}], "tags": []}"#,
            r#"POST /api/events [{"id": "RUN", "occurred": "2026-01-01T00:00:00Z", "event": "prefect.task-run.Completed", "resource": {"prefect.resource.id": "prefect.task-run.RUN"}, "payload": {"validated_state": {"type": "COMPLETED"}}}]"#,
            "GET /api/flow_run_states/?flow_run_id=RUN",
            "DELETE /api/flow_runs/RUN",
        ],
        parse: &|text| {
            if let Some((status, body)) = double.ask(text) {
                // A panic of a handler, or of a transaction, is answered with 500.
                assert!(!status.is_server_error(), "{status}: {body}");
            }
        },
    }]);
}
