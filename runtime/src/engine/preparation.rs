//! What is written on a flow run before an attempt begins.

use longshore_prefect::{FlowRun, FlowRunUpdate};
use longshore_spec::TimeSpan;
use serde_json::{Map, Value, json};

use super::run_name::run_name;
use crate::record::FlowRecord;

/// The changes that the run needs; `None` if it has them already.
pub(super) fn preparation(
    flow: &FlowRecord,
    run: &FlowRun,
    digest: Option<String>,
) -> Option<FlowRunUpdate> {
    let is_first = run.run_count == 0;
    let update = FlowRunUpdate {
        // Whoever renames a run between two attempts means it.
        name: run_name(flow, &run.parameters).filter(|name| is_first && *name != run.name),
        flow_version: digest.filter(|digest| run.flow_version.as_ref() != Some(digest)),
        empirical_policy: policy(
            flow.retries,
            flow.retry_delay,
            run.run_count,
            &run.empirical_policy,
        ),
        ..FlowRunUpdate::default()
    };
    (update != FlowRunUpdate::default()).then_some(update)
}

/// The retry policy with our retries in it; `None` if nothing changes or the values are somebody else's.
///
/// A server knows one delay, in whole seconds; of a list each attempt gets its own.
pub(super) fn policy(
    retries: u32,
    delays: &[TimeSpan],
    run_count: u32,
    read: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    let given = |key: &str| read.get(key).filter(|value| !value.is_null());
    let is_ours = match (given("retries"), given("retry_delay")) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(given), _) => run_count > 0 && *given == json!(retries),
    };
    if retries == 0 || !is_ours {
        return None;
    }
    let index = usize::try_from(run_count).unwrap_or(usize::MAX);
    let delay = delays.get(index).or(delays.last()).map(|delay| {
        let delay = delay.as_duration();
        delay.as_secs() + u64::from(delay.subsec_nanos() > 0)
    });
    let mut policy = read.clone();
    policy.insert("retries".to_owned(), json!(retries));
    policy.insert("retry_delay".to_owned(), json!(delay));
    (policy != *read).then_some(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(texts: &[&str]) -> Vec<TimeSpan> {
        let parsed = texts.iter().map(|text| text.parse().expect("a time span"));
        parsed.collect()
    }

    #[test]
    fn each_attempt_gets_its_delay() {
        let delays = spans(&["10s", "1m500ms"]);
        let mut read = json!({"retries": null, "retry_delay": null, "pause_keys": ["k"]});
        for (run_count, seconds) in [(0, 10), (1, 61), (2, 61)] {
            let map = read.as_object().cloned().expect("an object");
            let written = policy(3, &delays, run_count, &map);
            let expected = json!({"retries": 3, "retry_delay": seconds, "pause_keys": ["k"]});
            if expected == read {
                assert_eq!(written, None);
            } else {
                assert_eq!(written.map(Value::Object), Some(expected.clone()));
            }
            read = expected;
        }
    }

    #[test]
    fn what_somebody_has_given_stays() {
        for read in [
            json!({"retries": 5}),
            json!({"retries": 0, "retry_delay": 3}),
            json!({"retry_delay": 3}),
        ] {
            let map = read.as_object().cloned().expect("an object");
            assert_eq!(policy(3, &spans(&["10s"]), 0, &map), None, "{read}");
        }
        assert_eq!(policy(0, &[], 0, &Map::new()), None);
    }
}
