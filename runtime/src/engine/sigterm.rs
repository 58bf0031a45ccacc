//! State of a run whose process receives SIGTERM, as Prefect's workers choose it.

/// Prefect's variable; its Kubernetes worker sets it unless a job has it already.
const VARIABLE: &str = "PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR";

/// Effect of SIGTERM on the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behavior {
    /// It is Crashed.
    Crash,
    /// A worker starts it again.
    Reschedule,
    /// What started the process starts another one; the state of the run stays.
    Relinquish,
}

impl Behavior {
    pub(super) fn of_process() -> Self {
        Self::from_environment(&|name| std::env::var(name).ok())
    }

    fn from_environment(variable: &impl Fn(&str) -> Option<String>) -> Self {
        match variable(VARIABLE).map(|value| value.to_lowercase()) {
            Some(value) if value == "reschedule" => Self::Reschedule,
            Some(value) if value == "relinquish" => Self::Relinquish,
            _ => Self::Crash,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_behavior_is_prefects_setting() {
        for (value, expected) in [
            (None, Behavior::Crash),
            (Some(""), Behavior::Crash),
            (Some("Reschedule"), Behavior::Reschedule),
            (Some("relinquish"), Behavior::Relinquish),
        ] {
            let variable = |_: &str| value.map(str::to_owned);
            assert_eq!(Behavior::from_environment(&variable), expected, "{value:?}");
        }
    }
}
