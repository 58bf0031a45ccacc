//! Requests as plain values: built and tested without a network.

use std::fmt::Write as _;

use reqwest::Method;
use serde::Serialize;
use serde_json::Value;

use crate::storable::replace_nul;

/// Largest answer with one object in bytes: what a Prefect server stores of one object is a few megabytes at most, and
/// the embedded server accepts bodies of this size.
const LARGEST_OBJECT: usize = 64 * 1024 * 1024;

/// Largest page of a filter in bytes: 200 log records of 1 MB, which is the largest that Prefect's own client sends.
const LARGEST_PAGE: usize = 256 * 1024 * 1024;

/// One request, ready to be sent any number of times.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Relative to the API's URL, percent-encoded, with a leading slash.
    pub(crate) path: String,
    /// One name and its value.
    pub(crate) query: Option<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// For messages: "create deployment `eu`".
    pub(crate) attempted: String,
    /// Whether it changes anything, which takes longer.
    pub(crate) writes: bool,
    /// Whether it may be sent again after an answer got lost, though the server may have acted.
    pub(crate) repeatable: bool,
    /// Number of bytes after which the answer is not read further.
    pub(crate) largest_answer: usize,
}

impl Request {
    fn new(method: Method, path: &[&str], attempted: impl Into<String>, writes: bool) -> Self {
        Self {
            method,
            path: encoded(path),
            query: None,
            body: None,
            attempted: attempted.into(),
            writes,
            repeatable: true,
            largest_answer: LARGEST_OBJECT,
        }
    }

    pub(crate) fn get(path: &[&str], attempted: impl Into<String>) -> Self {
        Self::new(Method::GET, path, attempted, false)
    }

    /// A POST that only reads.
    pub(crate) fn filter(path: &[&str], attempted: impl Into<String>) -> Self {
        Self {
            largest_answer: LARGEST_PAGE,
            ..Self::new(Method::POST, path, attempted, false)
        }
    }

    pub(crate) fn post(path: &[&str], attempted: impl Into<String>) -> Self {
        Self::new(Method::POST, path, attempted, true)
    }

    pub(crate) fn patch(path: &[&str], attempted: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path, attempted, true)
    }

    pub(crate) fn delete(path: &[&str], attempted: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, attempted, true)
    }

    pub(crate) fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query = Some((name, value.to_owned()));
        self
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        let mut body = json_of(body);
        if self.writes {
            replace_nul(&mut body);
        }
        self.body = Some(body);
        self
    }

    /// A second call would do the thing twice.
    pub(crate) fn not_repeatable(mut self) -> Self {
        self.repeatable = false;
        self
    }
}

/// The JSON of a wire struct.
pub(crate) fn json_of(body: &impl Serialize) -> Value {
    serde_json::to_value(body)
        .expect("wire structs have text keys and serializers that do not fail")
}

/// `/` before each segment; an empty last segment gives the trailing slash that collections need.
fn encoded(segments: &[&str]) -> String {
    let mut path = String::new();
    for segment in segments {
        path.push('/');
        for byte in segment.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                    path.push(char::from(byte));
                }
                // Writing to a String does not fail.
                _ => _ = write!(path, "%{byte:02X}"),
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_encoded() {
        let table: [(&[&str], &str); 4] = [
            (&["flows", ""], "/flows/"),
            (
                &["work_pools", "a b/c?d#e", "queues"],
                "/work_pools/a%20b%2Fc%3Fd%23e/queues",
            ),
            (&["work_pools", "ærlig"], "/work_pools/%C3%A6rlig"),
            (&["work_pools", "100%"], "/work_pools/100%25"),
        ];
        for (segments, expected) in table {
            assert_eq!(Request::get(segments, "read").path, expected);
        }
    }
}
