//! Answers: read up to a limit, and turned into a failure where they are one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode, Url};
use serde_json::Value;

use super::{csrf, shown};
use crate::Failure;
use crate::error::{detail, is_about_tls, is_passing};
use crate::request::Request;
use crate::retry::Again;

/// Largest body of a refusal in bytes. Prefect echoes the request in it, and Longshore's requests are smaller than this.
const LARGEST_REFUSAL: usize = 16 * 1024 * 1024;

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// A try that failed.
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) again: Again,
    /// The server may have acted.
    pub(super) answer_was_lost: bool,
}

impl Failed {
    pub(super) fn wants_csrf_token(&self) -> bool {
        match &self.failure {
            Failure::Refused { status, detail } => csrf::is_refusal(*status, detail.as_deref()),
            _ => false,
        }
    }
}

/// Reads an answer up to the limit of the request: a server or a proxy can send without an end.
pub(super) async fn read(request: &Request, mut response: Response) -> Result<Answer, Failed> {
    let (status, headers) = (response.status(), response.headers().clone());
    let limit = if status.is_success() {
        request.largest_answer
    } else {
        LARGEST_REFUSAL
    };
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| lost(request, error))?
    {
        if body.len() + part.len() > limit {
            return Err(Failed {
                failure: Failure::TooLarge {
                    status: status.as_u16(),
                    limit,
                },
                again: again_after(status, &headers),
                answer_was_lost: request.writes && status.is_success(),
            });
        }
        body.extend_from_slice(&part);
    }
    Ok(Answer {
        status,
        headers,
        body,
    })
}

pub(super) fn again_after(status: StatusCode, headers: &HeaderMap) -> Again {
    if is_passing(status) {
        retry_after(headers, Utc::now()).map_or(Again::AfterDelay, Again::After)
    } else {
        Again::Never
    }
}

/// What a request without a complete answer means.
pub(super) fn lost(request: &Request, error: reqwest::Error) -> Failed {
    let error = error.without_url();
    if is_about_tls(&error) {
        return Failed {
            failure: Failure::Tls(error),
            again: Again::Never,
            answer_was_lost: false,
        };
    }
    if error.is_connect() {
        return Failed {
            failure: Failure::Connect(error),
            again: Again::AfterDelay,
            answer_was_lost: false,
        };
    }
    let failure = if error.is_timeout() {
        Failure::Timeout(error)
    } else {
        Failure::Interrupted(error)
    };
    Failed {
        failure,
        again: Again::AfterDelay,
        answer_was_lost: request.writes,
    }
}

pub(super) fn refusal(answer: &Answer, request: &Request) -> Failure {
    let status = answer.status.as_u16();
    if answer.status.is_redirection() {
        let location = answer
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let location =
            Url::parse(location).map_or_else(|_| "another path".to_owned(), |url| shown(&url));
        return Failure::Redirected { status, location };
    }
    match serde_json::from_slice::<Value>(&answer.body) {
        Ok(body) => Failure::Refused {
            status,
            detail: detail(&body, request.body.as_ref()),
        },
        // A proxy's page about a server that is away says no more than its code.
        Err(_) if answer.body.is_empty() || is_passing(answer.status) => Failure::Refused {
            status,
            detail: None,
        },
        Err(_) => Failure::NotPrefect {
            status,
            found: content_type(&answer.headers),
        },
    }
}

pub(super) fn is_json(headers: &HeaderMap) -> bool {
    content_type(headers).contains("json")
}

pub(super) fn content_type(headers: &HeaderMap) -> String {
    let value = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("nothing");
    value.split(';').next().unwrap_or(value).trim().to_owned()
}

/// `Retry-After` in either of its forms (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTime::parse_from_rfc2822(value)
        .ok()?
        .with_timezone(&Utc);
    Some((date - now).to_std().unwrap_or_default())
}
