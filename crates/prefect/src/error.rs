mod detail;
mod help;
mod tls;

use std::fmt;
use std::time::Duration;

use longshore_mask::Mask;
use reqwest::{Method, StatusCode};

use crate::ParseVersionError;

pub(crate) use detail::detail;
pub(crate) use tls::is_about_tls;

/// A request that failed for good: what was attempted, where, how often, and what the server said.
#[derive(Debug)]
pub struct Error(Box<Report>);

#[derive(Debug)]
struct Report {
    attempted: String,
    method: Method,
    url: String,
    attempts: u32,
    elapsed: Duration,
    answer_was_lost: bool,
    failure: Failure,
}

/// How a request failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server refused it.
    #[error("answered {status}{}", detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default())]
    Refused {
        /// The code of the response.
        status: u16,
        /// What the server says about it, if it speaks Prefect's JSON; never an echo of the request.
        detail: Option<String>,
    },
    /// The answer is not of Prefect's API.
    #[error("answered {status} with {found} instead of JSON")]
    NotPrefect {
        /// The code of the response.
        status: u16,
        /// The content type, or `nothing`.
        found: String,
    },
    /// The answer is JSON, but not what was asked for.
    #[error("answered {status} with JSON of an unexpected shape")]
    Unreadable {
        /// The code of the response.
        status: u16,
        /// What does not fit.
        source: serde_json::Error,
    },
    /// The answer is larger than any answer of Prefect to this request.
    #[error("answered {status} with more than {} MiB", limit / (1024 * 1024))]
    TooLarge {
        /// The code of the response.
        status: u16,
        /// Number of bytes that the client reads at most.
        limit: usize,
    },
    /// The server sends the client elsewhere.
    #[error("answered {status}, a redirect to `{location}`")]
    Redirected {
        /// The code of the response.
        status: u16,
        /// Where to, without user info and query.
        location: String,
    },
    /// No connection could be made.
    #[error("could not be sent: no connection")]
    Connect(#[source] reqwest::Error),
    /// The connection cannot be made secure: the server's certificate is not trusted, or it speaks no TLS.
    #[error("could not be sent: no secure connection")]
    Tls(#[source] reqwest::Error),
    /// The server asks for a CSRF token, and none could be had.
    #[error("needs a CSRF token, which could not be had")]
    CsrfToken(#[source] Box<Error>),
    /// No answer came in time.
    #[error("got no answer in time")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke before the answer was complete.
    #[error("got no complete answer: the connection broke")]
    Interrupted(#[source] reqwest::Error),
    /// The server has a version that the client cannot work with.
    #[error("told a version that cannot be used")]
    Version(#[source] ParseVersionError),
}

impl Failure {
    /// Replaces our credentials in the server's own words.
    pub(crate) fn masked(mut self, mask: &Mask) -> Self {
        let words = match &mut self {
            Self::Refused { detail, .. } => detail.as_mut(),
            Self::NotPrefect { found: words, .. }
            | Self::Redirected {
                location: words, ..
            } => Some(words),
            _ => None,
        };
        if let Some(words) = words {
            *words = mask.mask(words).into_owned();
        }
        self
    }
}

impl Error {
    pub(crate) fn new(attempted: String, method: Method, url: String, failure: Failure) -> Self {
        let report = Report {
            attempted,
            method,
            url,
            attempts: 1,
            elapsed: Duration::ZERO,
            answer_was_lost: false,
            failure,
        };
        Self(Box::new(report))
    }

    pub(crate) fn after(mut self, attempts: u32, elapsed: Duration, answer_was_lost: bool) -> Self {
        self.0.attempts = attempts;
        self.0.elapsed = elapsed;
        self.0.answer_was_lost = answer_was_lost;
        self
    }

    /// What was attempted, such as "write deployment `eu`".
    pub fn attempted(&self) -> &str {
        &self.0.attempted
    }

    /// The method of the request, such as `POST`.
    pub fn method(&self) -> &str {
        self.0.method.as_str()
    }

    /// The URL of the request, without user info and query.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// How it failed.
    pub fn failure(&self) -> &Failure {
        &self.0.failure
    }

    /// The code of the last response, if there was one.
    pub fn status(&self) -> Option<u16> {
        match self.0.failure {
            Failure::Refused { status, .. }
            | Failure::NotPrefect { status, .. }
            | Failure::Unreadable { status, .. }
            | Failure::TooLarge { status, .. }
            | Failure::Redirected { status, .. } => Some(status),
            _ => None,
        }
    }

    /// What the server says about its refusal.
    pub fn detail(&self) -> Option<&str> {
        match &self.0.failure {
            Failure::Refused { detail, .. } => detail.as_deref(),
            _ => None,
        }
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The time from the first try to the end of the last.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// Whether at least one try may have acted although its answer did not arrive.
    pub fn answer_was_lost(&self) -> bool {
        self.0.answer_was_lost
    }

    /// Whether the server says that there is no such object; false if the path itself is not of Prefect's API.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.0.failure, Failure::Refused { status: 404, detail } if detail.as_deref() != Some("Not Found"))
    }

    /// Returns whether the server itself failed, as Prefect does on content that its database rejects.
    pub fn is_failure_of_server(&self) -> bool {
        matches!(self.status(), Some(500 | 503))
    }

    /// Returns whether the same request may succeed later.
    pub fn may_pass(&self) -> bool {
        match self.failure() {
            Failure::Connect(_) | Failure::Timeout(_) | Failure::Interrupted(_) => true,
            _ => matches!(self.status(), Some(408 | 429 | 500..)),
        }
    }

    /// What to do about it, in one sentence, if that can be told.
    pub fn help(&self) -> Option<String> {
        help::help(self)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report {
            attempted,
            method,
            url,
            attempts,
            elapsed,
            failure,
            ..
        } = &*self.0;
        write!(formatter, "could not {attempted}: {method} {url} {failure}")?;
        if *attempts > 1 {
            write!(
                formatter,
                " ({attempts} attempts in {:.1} s)",
                elapsed.as_secs_f64()
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The message of the failure is part of this one's, so its cause is what comes next.
        self.0.failure.source()
    }
}

/// Whether the same request may succeed a moment later.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502 | 503)
}

#[cfg(test)]
mod tests;
