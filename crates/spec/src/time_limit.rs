//! Time limits that an operator sets by environment variables.

use std::time::Duration;

use crate::{Explain, TimeSpan, TimeSpanError};

/// A time limit with a default, which an environment variable such as `LONGSHORE_OUTAGE_LIMIT=2h` changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    /// Name of the variable.
    pub variable: &'static str,
    /// The limit where the variable is not set.
    pub default: Duration,
}

/// The value of an environment variable is no time span.
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
    /// How long the Prefect server may be away while a flow run starts or runs: an upgrade of the server, or of the
    /// database behind it, is over by then.
    pub const OUTAGE: Self = Self {
        variable: "LONGSHORE_OUTAGE_LIMIT",
        default: Duration::from_secs(15 * 60),
    };

    /// The limit that applies.
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
