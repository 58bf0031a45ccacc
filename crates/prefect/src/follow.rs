//! Log records of a run, read page by page and while the run continues.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::page::PAGE;
use crate::request::Request;
use crate::{Client, Error, Log};

/// Number of records that a reader reads again after it has reached the end: another process may send records late,
/// with earlier timestamps.
const OVERLAP: usize = 100;

/// A log record as the server has stored it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct StoredLog {
    id: Uuid,
    #[serde(flatten)]
    log: Log,
}

/// Reader of the log records of a flow run, oldest first.
///
/// Each page is requested by the timestamp of the last record, so that a server does not count all earlier ones.
#[derive(Debug)]
pub struct LogReader {
    client: Client,
    flow_run: Uuid,
    /// The records that a page can have again.
    known: BTreeSet<(DateTime<Utc>, Uuid)>,
    /// The earliest timestamp that is read again after the end; `None` for all.
    overlap: Option<DateTime<Utc>>,
    position: Position,
}

/// Start of the next page.
#[derive(Clone, Copy, Debug, Default)]
struct Position {
    /// The page starts with the records of this timestamp, or with the first record.
    after: Option<DateTime<Utc>>,
    /// Number of records of this timestamp to leave out.
    offset: usize,
}

impl Client {
    /// Returns a reader of the log records of a flow run.
    pub fn log_reader(&self, flow_run: Uuid) -> LogReader {
        LogReader {
            client: self.clone(),
            flow_run,
            known: BTreeSet::new(),
            overlap: None,
            position: Position::default(),
        }
    }

    /// The log records of a flow run, oldest first (`POST /logs/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn logs(&self, flow_run: Uuid) -> Result<Vec<Log>, Error> {
        let mut reader = self.log_reader(flow_run);
        let mut all = Vec::new();
        while let Some(page) = reader.next_page().await? {
            all.extend(page);
        }
        Ok(all)
    }
}

impl LogReader {
    /// Returns the records of the next page that were not returned before, or `None` at the end (`POST /logs/filter`).
    ///
    /// After the end, the next call returns what the run has logged since.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn next_page(&mut self) -> Result<Option<Vec<Log>>, Error> {
        loop {
            let page = self.fetch().await?;
            let is_last = page.len() < PAGE;
            self.position.move_past(&page);
            let new = self.new_records(page);
            if is_last {
                self.position = Position {
                    after: self.overlap,
                    offset: 0,
                };
            }
            if !new.is_empty() {
                return Ok(Some(new));
            }
            if is_last {
                return Ok(None);
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<StoredLog>, Error> {
        let mut body = json!({
            "logs": { "flow_run_id": { "any_": [self.flow_run] } },
            "sort": "TIMESTAMP_ASC",
            "limit": PAGE,
            "offset": self.position.offset,
        });
        if let Some(time) = self.position.after {
            body["logs"]["timestamp"] = json!({ "after_": time });
        }
        let attempted = format!("read the logs of flow run {}", self.flow_run);
        let request = Request::filter(&["logs", "filter"], attempted);
        self.client.fetch(request.json(&body)).await
    }

    fn new_records(&mut self, page: Vec<StoredLog>) -> Vec<Log> {
        let mut new = Vec::new();
        for StoredLog { id, log } in page {
            if self.known.insert((log.timestamp, id)) {
                new.push(log);
            }
        }
        self.forget();
        new
    }

    /// Forgets the records that no page has again: those before the overlap and before the next page.
    fn forget(&mut self) {
        let Some((time, _)) = self.known.iter().nth_back(OVERLAP) else {
            return;
        };
        let start = self.position.after.map_or(*time, |next| next.min(*time));
        self.known = self.known.split_off(&(start, Uuid::nil()));
        self.overlap = Some(start);
    }
}

impl Position {
    /// Servers sort by the timestamp alone, so that the records of one may be in another order in the next page: it
    /// starts with all of them, unless they fill a page.
    fn move_past(&mut self, page: &[StoredLog]) {
        let Some(last) = page.last() else { return };
        let time = Some(last.log.timestamp);
        let is_same = self.after == time;
        *self = Self {
            after: time,
            offset: if is_same { self.offset + page.len() } else { 0 },
        };
    }
}
