//! Time limits that an operator sets by environment variables.

use std::time::Duration;

use crate::{Explain, TimeSpan, TimeSpanError};

/// Time limit with a default that an environment variable overrides, such as `LONGSHORE_OUTAGE_LIMIT=2h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    /// Name of the variable.
    pub variable: &'static str,
    /// Limit if the variable is not set.
    pub default: Duration,
}

/// Value of an environment variable that is not a time span.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable} is `{value}`")]
pub struct TimeLimitError {
    variable: &'static str,
    value: String,
    source: TimeSpanError,
}

impl Explain for TimeLimitError {
    fn help(&self) -> Option<String> {
        self.source.help()
    }
}

impl TimeLimit {
    /// Longest outage of the Prefect server while a flow run starts or runs. Upgrades of the server and of its database
    /// are shorter.
    pub const OUTAGE: Self = Self {
        variable: "LONGSHORE_OUTAGE_LIMIT",
        default: Duration::from_secs(15 * 60),
    };

    /// Returns the limit.
    ///
    /// # Errors
    /// The variable is set to something other than a [`TimeSpan`].
    pub fn read(
        self,
        variables: &impl Fn(&str) -> Option<String>,
    ) -> Result<Duration, TimeLimitError> {
        let Some(value) = variables(self.variable) else {
            return Ok(self.default);
        };
        match value.parse::<TimeSpan>() {
            Ok(span) => Ok(span.as_duration()),
            Err(source) => Err(TimeLimitError {
                variable: self.variable,
                value,
                source,
            }),
        }
    }
}
