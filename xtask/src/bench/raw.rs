//! The least that the server needs: the writes of an apply, one after the other on one connection.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::{KeepAlive, Request};
use super::tunnel::Exchange;
use crate::command::Error;

/// Sends writes to another server, with the ids that this one gives.
///
/// # Errors
/// The server refuses what the first one took.
pub(super) fn repeat(writes: &[Exchange], api_url: &str) -> Result<Duration, Error> {
    let mut client = KeepAlive::new(api_url);
    let mut ids = BTreeMap::new();
    let start = Instant::now();
    for write in writes {
        let request = Request {
            path: with_ids(&write.request.path, &ids),
            body: with_ids(&write.request.body, &ids),
            ..write.request.clone()
        };
        let answer = client.send(&request).map_err(|source| Error::Connection {
            api_url: api_url.to_owned(),
            source,
        })?;
        if answer.status >= 400 {
            return Err(Error::Refused {
                request: format!("{} {}", request.method, request.path),
                status: answer.status,
                answer: answer.body,
            });
        }
        let before = write.answer.as_ref().and_then(|answer| id(&answer.body));
        if let (Some(before), Some(now)) = (before, id(&answer.body)) {
            ids.insert(before, now);
        }
    }
    Ok(start.elapsed())
}

fn id(body: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(body).ok()?;
    answer.get("id")?.as_str().map(str::to_owned)
}

fn with_ids(text: &str, ids: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (before, now) in ids {
        // Most texts have one id of many.
        if text.contains(before) {
            text = text.replace(before, now);
        }
    }
    text
}
