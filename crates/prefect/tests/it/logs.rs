//! Logs of a run, page by page and while the run continues.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{Client, ClientOptions, LogReader};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::script::{Reply, serve};

/// Records of a server, and the pages that were requested: the first timestamp and the offset.
#[derive(Default)]
struct Logs {
    records: Vec<(DateTime<Utc>, Uuid)>,
    requests: Vec<(Option<DateTime<Utc>>, usize)>,
    /// Whether every second answer has the records of one timestamp in the opposite order.
    reverses: bool,
}

impl Logs {
    fn add(&mut self, time: DateTime<Utc>) {
        self.records.push((time, Uuid::new_v4()));
        self.records.sort_by_key(|record| record.0);
    }

    /// Answers as Prefect does: times at or after `after_`, and of these a page.
    fn answer(&mut self, request: &str) -> Reply {
        let (_, body) = request.split_once("\r\n\r\n").expect("a body");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let number = |key: &str| body[key].as_u64().and_then(|n| usize::try_from(n).ok());
        let after: Option<DateTime<Utc>> =
            serde_json::from_value(body["logs"]["timestamp"]["after_"].clone()).expect("a time");
        let (offset, limit) = (
            number("offset").expect("one"),
            number("limit").expect("one"),
        );
        self.requests.push((after, offset));
        let mut matching = self.records.clone();
        matching.retain(|record| after.is_none_or(|after| record.0 >= after));
        if self.reverses && self.requests.len().is_multiple_of(2) {
            matching.reverse();
            matching.sort_by_key(|record| record.0);
        }
        let page = matching.iter().skip(offset).take(limit).map(|(time, id)| {
            json!({
                "id": id, "name": "test", "level": 20, "message": id.to_string(),
                "timestamp": time, "flow_run_id": Uuid::nil(),
            })
        });
        Reply::json(200, page.collect::<Vec<_>>())
    }
}

fn time(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

async fn reader(logs: &Arc<Mutex<Logs>>) -> LogReader {
    let served = Arc::clone(logs);
    let url = serve(move |request| served.lock().expect("logs").answer(request)).await;
    let client = Client::new(ClientOptions::new(&url)).expect("a client");
    client.log_reader(Uuid::nil())
}

/// Returns the messages up to the end of the log.
async fn read(reader: &mut LogReader) -> Vec<String> {
    let mut messages = Vec::new();
    while let Some(page) = reader.next_page().await.expect("a page") {
        messages.extend(page.into_iter().map(|log| log.message));
    }
    messages
}

fn messages(logs: &Mutex<Logs>) -> Vec<String> {
    let logs = logs.lock().expect("logs");
    logs.records.iter().map(|(_, id)| id.to_string()).collect()
}

#[tokio::test]
async fn pages_continue_at_the_timestamp_of_the_last_record() {
    let logs = Arc::new(Mutex::new(Logs::default()));
    for second in 0..1000 {
        logs.lock().expect("logs").add(time(second));
    }
    let mut reader = reader(&logs).await;
    assert!(read(&mut reader).await == messages(&logs));
    let requests = std::mem::take(&mut logs.lock().expect("logs").requests);
    let first = [(None, 0), (Some(time(199)), 0), (Some(time(398)), 0)];
    assert_eq!(requests[..3], first);
    assert!(
        requests.iter().all(|(_, offset)| *offset == 0),
        "{requests:?}"
    );
    // What comes later is read from the overlap on, and not from the start.
    logs.lock().expect("logs").add(time(1000));
    assert_eq!(read(&mut reader).await, messages(&logs)[1000..]);
    let requests = &logs.lock().expect("logs").requests;
    assert!(
        requests.iter().all(|(after, _)| *after >= Some(time(890))),
        "{requests:?}"
    );
}

#[tokio::test]
async fn records_of_one_timestamp_fill_several_pages() {
    let logs = Arc::new(Mutex::new(Logs::default()));
    for second in (0..50).chain([50; 900]).chain(51..300) {
        logs.lock().expect("logs").add(time(second));
    }
    let mut reader = reader(&logs).await;
    assert!(read(&mut reader).await == messages(&logs));
    assert_eq!(read(&mut reader).await, [""; 0]);
}

#[tokio::test]
async fn records_of_one_timestamp_are_returned_once_in_any_order() {
    let logs = Arc::new(Mutex::new(Logs::default()));
    for second in (0..12).flat_map(|second| [second; 70]) {
        logs.lock().expect("logs").add(time(second));
    }
    logs.lock().expect("logs").reverses = true;
    let mut returned = read(&mut reader(&logs).await).await;
    let mut expected = messages(&logs);
    returned.sort_unstable();
    expected.sort_unstable();
    assert!(
        returned == expected,
        "{} of {}",
        returned.len(),
        expected.len()
    );
}

#[tokio::test]
async fn late_records_are_returned_once() {
    let logs = Arc::new(Mutex::new(Logs::default()));
    logs.lock().expect("logs").add(time(10));
    let mut reader = reader(&logs).await;
    let mut returned = read(&mut reader).await;
    for late in [
        vec![5; 1],
        (11..500).collect(),
        vec![450; 700],
        vec![460, 499, 500],
    ] {
        for second in late {
            logs.lock().expect("logs").add(time(second));
        }
        returned.extend(read(&mut reader).await);
    }
    let mut expected = messages(&logs);
    returned.sort_unstable();
    expected.sort_unstable();
    assert!(
        returned == expected,
        "{} of {}",
        returned.len(),
        expected.len()
    );
}
