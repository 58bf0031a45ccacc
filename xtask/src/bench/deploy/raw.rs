//! The least that the server needs: the writes of an apply, one after the other on one connection.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::http::{KeepAlive, Request};
use crate::bench::tunnel::Exchange;
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

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::bench::http::parse_request;
    use crate::bench::tunnel::Tunnel;

    /// Answers each request of one connection after the other, the first one with 503, and closes it then, as Prefect does.
    fn server(ids: &'static [&'static str]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api", listener.local_addr().unwrap());
        thread::spawn(move || {
            let mut answers = std::iter::once(None).chain(ids.iter().map(Some));
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (mut bytes, mut buffer) = (Vec::new(), [0; 1024]);
                while let Ok(count @ 1..) = stream.read(&mut buffer) {
                    bytes.extend_from_slice(&buffer[..count]);
                    if parse_request(&bytes).is_none() {
                        continue;
                    }
                    bytes.clear();
                    let Some(Some(id)) = answers.next() else {
                        write!(stream, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").unwrap();
                        break;
                    };
                    let body = format!("{{\"id\":\"{id}\"}}");
                    let length = body.len();
                    write!(
                        stream,
                        "HTTP/1.1 201 Created\r\nContent-Length: {length}\r\n\r\n{body}"
                    )
                    .unwrap();
                }
            }
        });
        url
    }

    fn post(path: &str, body: &str) -> Request {
        Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            body: body.to_owned(),
            upgrades: false,
        }
    }

    #[test]
    fn writes_are_repeated_with_the_ids_of_the_other_server() {
        let first = Tunnel::start(&server(&["flow-a", "deployment-a"])).unwrap();
        let mut client = KeepAlive::new(&first.url);
        for (path, body) in [
            ("/api/flows/", "{}"),
            ("/api/deployments/", "{\"flow_id\":\"flow-a\"}"),
        ] {
            assert_eq!(client.send(&post(path, body)).unwrap().status, 201);
        }
        let mut writes = first.take();
        assert_eq!(writes.len(), 3, "with the one that was answered 503");
        writes.retain(|write| write.is_write() && write.succeeded());

        let second = Tunnel::start(&server(&["flow-b", "deployment-b"])).unwrap();
        repeat(&writes, &second.url).unwrap();
        let sent = second.take().pop().unwrap().request;
        assert_eq!(sent.path, "/api/deployments/");
        assert_eq!(sent.body, "{\"flow_id\":\"flow-b\"}");
    }
}
