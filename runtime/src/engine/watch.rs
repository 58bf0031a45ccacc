//! Sees that the run is cancelled or has ended on the server, whatever its worker does.
//!
//! Prefect's Kubernetes worker does not stop the pod of a run that is being cancelled
//! (<https://github.com/PrefectHQ/prefect/issues/21616>).

use std::time::Duration;

use longshore_prefect::{FlowRun, StateType};
use tokio::time::sleep;

use super::api::Api;
use crate::termination::Cause;

/// Prefect's setting, in seconds, and its default; Prefect's own runner asks as often.
const FREQUENCY: &str = "PREFECT_RUNNER_POLL_FREQUENCY";
const DEFAULT: f64 = 10.0;
const SHORTEST: f64 = 1.0;
const LONGEST: f64 = 3600.0;

/// How much each pause differs, so that runs that started together do not ask together.
const JITTER: f64 = 0.1;

/// Waits until the server has the run cancelled, ended or deleted; sends one request every ten seconds.
pub(super) async fn interruption(api: &Api) -> Cause {
    let pause = pause(&|name| std::env::var(name).ok());
    loop {
        sleep(pause.mul_f64(1.0 + JITTER * (2.0 * fastrand::f64() - 1.0))).await;
        if !api.phase.is_watched() {
            continue;
        }
        let cause = match api.client.flow_run(api.id).await {
            Ok(run) => cause(run.as_ref()),
            Err(error) => {
                tracing::debug!("cannot read whether the flow run is cancelled: {error}");
                None
            }
        };
        // The end may be one that this process has reported meanwhile.
        if let Some(cause) = cause
            && api.phase.is_watched()
        {
            return cause;
        }
    }
}

/// Why a run has to stop that is in this state on the server.
pub(super) fn cause(run: Option<&FlowRun>) -> Option<Cause> {
    let Some(run) = run else {
        return Some(Cause::EndedElsewhere);
    };
    match run.state.as_ref().map(|state| state.kind)? {
        StateType::Cancelling => Some(Cause::Cancelled),
        kind if kind.is_terminal() => Some(Cause::EndedElsewhere),
        _ => None,
    }
}

fn pause(variable: &impl Fn(&str) -> Option<String>) -> Duration {
    let seconds = variable(FREQUENCY).and_then(|text| text.parse::<f64>().ok());
    let seconds = seconds.filter(|seconds| seconds.is_finite());
    Duration::from_secs_f64(seconds.unwrap_or(DEFAULT).clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_is_prefects_setting() {
        for (value, seconds) in [
            (None, 10),
            (Some("30"), 30),
            (Some("0"), 1),
            (Some("-5"), 1),
            (Some("1e300"), 3600),
            (Some("NaN"), 10),
            (Some("x"), 10),
        ] {
            let variable = |_: &str| value.map(str::to_owned);
            assert_eq!(pause(&variable), Duration::from_secs(seconds), "{value:?}");
        }
    }
}
