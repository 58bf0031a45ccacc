//! What the benchmark asks of the server.

use std::thread;
use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::{Value, json};

use crate::bench::http::{KeepAlive, Request};
use crate::command::Error;

/// How often a run is asked for; the server has better things to do.
const ASK: Duration = Duration::from_millis(250);

/// Longer than any run of this benchmark.
const PATIENCE: Duration = Duration::from_secs(900);

/// When a run came into its states, in seconds since 1970 by the server's clock.
#[derive(Debug)]
pub(super) struct States {
    /// Its first state of type PENDING: the worker has taken it.
    pub(super) claimed: f64,
    pub(super) running: f64,
    pub(super) completed: f64,
}

/// A server's API.
pub(super) struct Api {
    client: KeepAlive,
    url: String,
}

impl Api {
    pub(super) fn new(url: &str) -> Self {
        Self {
            client: KeepAlive::new(url),
            url: url.to_owned(),
        }
    }

    /// A deployment as the server has it.
    pub(super) fn deployment(&mut self, flow: &str, name: &str) -> Result<Value, Error> {
        self.call(
            "GET",
            &format!("deployments/name/{flow}/{name}"),
            &Value::Null,
        )
    }

    /// Makes a run, and returns its id.
    pub(super) fn create(
        &mut self,
        deployment: &Value,
        parameters: &Value,
        state: &str,
    ) -> Result<String, Error> {
        let id = deployment["id"].as_str().unwrap_or_default();
        let body = json!({ "parameters": parameters, "state": { "type": state } });
        let run = self.call("POST", &format!("deployments/{id}/create_flow_run"), &body)?;
        Ok(run["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a run has completed.
    ///
    /// # Errors
    /// It ends otherwise, or not at all.
    pub(super) fn completed(&mut self, run: &str) -> Result<States, Error> {
        let found = self.wait(|api| {
            let run = api.call("GET", &format!("flow_runs/{run}"), &Value::Null)?;
            let ended = matches!(
                run["state_type"].as_str(),
                Some("COMPLETED" | "FAILED" | "CRASHED" | "CANCELLED")
            );
            Ok(ended.then_some(run))
        })?;
        if found["state_type"] != "COMPLETED" {
            let of_run = json!({ "logs": { "flow_run_id": { "any_": [run] } } });
            let logs = self.call("POST", "logs/filter", &of_run)?;
            let logs = logs.as_array().into_iter().flatten();
            let lines = logs.filter_map(|log| log["message"].as_str());
            let text = lines.collect::<Vec<_>>().join("\n");
            return Err(Error::Measurement {
                text: format!("{}\n{text}", found["state"]),
            });
        }
        let path = format!("flow_run_states/?flow_run_id={run}");
        let states = self.call("GET", &path, &Value::Null)?;
        let first = |kind: &str| first(&states, kind);
        Ok(States {
            // A run that this program has started has never been taken by a worker.
            claimed: first("PENDING")?,
            running: first("RUNNING")?,
            completed: first("COMPLETED")?,
        })
    }

    /// Waits until the server knows that many task runs of a run as completed.
    pub(super) fn wait_for_tasks(&mut self, run: &str, count: usize) -> Result<(), Error> {
        let filter = json!({
            "flow_runs": { "id": { "any_": [run] } },
            "task_runs": { "state": { "type": { "any_": ["COMPLETED"] } } },
        });
        self.wait(|api| {
            let known = api.call("POST", "task_runs/count", &filter)?;
            Ok((known == json!(count)).then_some(()))
        })
    }

    /// Waits until the server has that many lines of a run.
    pub(super) fn wait_for_lines(&mut self, run: &str, count: usize) -> Result<(), Error> {
        let last = json!({
            "logs": { "flow_run_id": { "any_": [run] } },
            "offset": count - 1,
            "limit": 1,
        });
        self.wait(|api| {
            let found = api.call("POST", "logs/filter", &last)?;
            let is_there = found.as_array().is_some_and(|found| !found.is_empty());
            Ok(is_there.then_some(()))
        })
    }

    fn wait<T>(
        &mut self,
        mut ask: impl FnMut(&mut Self) -> Result<Option<T>, Error>,
    ) -> Result<T, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask(self)? {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                let text = format!("nothing within {} s", PATIENCE.as_secs());
                return Err(Error::Measurement { text });
            }
            thread::sleep(ASK);
        }
    }

    fn call(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, Error> {
        let request = Request {
            method: method.to_owned(),
            path: format!("/api/{path}"),
            body: if body.is_null() {
                String::new()
            } else {
                body.to_string()
            },
            upgrades: false,
        };
        let answer = self.client.send(&request);
        let answer = answer.map_err(|source| Error::Connection {
            api_url: self.url.clone(),
            source,
        })?;
        if answer.status >= 400 {
            return Err(Error::Refused {
                request: format!("{method} {}", request.path),
                status: answer.status,
                answer: answer.body,
            });
        }
        Ok(serde_json::from_str(&answer.body).unwrap_or_default())
    }
}

/// When the first state of a type began, in seconds since 1970.
fn first(states: &Value, kind: &str) -> Result<f64, Error> {
    let all = states.as_array().into_iter().flatten();
    let of_kind = all.filter(|state| state["type"] == kind);
    let times = of_kind.filter_map(|state| {
        let time = DateTime::parse_from_rfc3339(state["timestamp"].as_str()?).ok()?;
        Some(time.timestamp_micros() as f64 / 1e6)
    });
    times.reduce(f64::min).ok_or_else(|| Error::Measurement {
        text: states.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_state_of_a_type_counts() {
        let states = json!([
            { "type": "PENDING", "timestamp": "2026-11-21T10:00:01.5Z" },
            { "type": "PENDING", "timestamp": "2026-11-21T10:00:00.250000+00:00" },
        ]);
        let claimed = first(&states, "PENDING").unwrap();
        assert_eq!(claimed.fract(), 0.25);
        assert!(first(&states, "RUNNING").is_err());
    }
}
