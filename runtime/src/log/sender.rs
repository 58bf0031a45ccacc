//! Sends the waiting records, one batch at a time.

use std::sync::Arc;
use std::time::Duration;

use longshore_prefect::{Client, Error, Log};
use uuid::Uuid;

use super::queue::{Queue, Record};

/// A record is on the server after this time at the latest, if the server takes it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Waits between two tries.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A server that fails on a batch so often, and answers other requests, will always do so.
const MOST_FAILURES: u32 = 5;

/// The sender of one run's records.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) client: Client,
    pub(crate) flow_run: Uuid,
    pub(crate) queue: Arc<Queue>,
}

/// A record that the server refuses, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) count: u64,
    pub(crate) reason: String,
}

impl Sender {
    /// Sends what comes, for ever.
    pub(crate) async fn run(self) {
        loop {
            self.queue.wait(LONGEST_WAIT).await;
            loop {
                let batch = self.queue.batch();
                if batch.is_empty() {
                    break;
                }
                let refused = self.send_halving(&batch).await;
                self.queue.settle(&batch, refused);
            }
        }
    }

    /// Sends a batch; one that the server refuses is halved until the records that it refuses are alone.
    async fn send_halving(&self, batch: &[Record]) -> Option<Refused> {
        let mut parts = vec![batch];
        let mut all: Option<Refused> = None;
        while let Some(part) = parts.pop() {
            // A part of a refused batch is not worth the same patience.
            let failures = if part.len() < batch.len() {
                1
            } else {
                MOST_FAILURES
            };
            let Err(error) = self.send(part, failures).await else {
                continue;
            };
            if part.len() > 1 && depends_on_content(&error) {
                let (first, second) = part.split_at(part.len() / 2);
                parts.extend([second, first]);
                continue;
            }
            tracing::warn!(target: "longshore_prefect", "{} log records are given up: {error}", part.len());
            let count = all.map_or(0, |all| all.count) + part.len() as u64;
            all = Some(Refused {
                count,
                reason: error.to_string(),
            });
        }
        all
    }

    /// Sends records until the server has them, or refuses them.
    async fn send(&self, records: &[Record], most_failures: u32) -> Result<(), Error> {
        let logs: Vec<Log> = records.iter().map(|record| self.log(record)).collect();
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        let mut may_be_there = false;
        loop {
            let Err(error) = self.try_to_send(&logs, may_be_there).await else {
                return Ok(());
            };
            may_be_there |= error.answer_was_lost();
            failures += u32::from(error.status().is_some_and(|status| status >= 500));
            if !error.may_pass() {
                return Err(error);
            }
            if failures >= most_failures {
                if self.answers(&logs).await {
                    return Err(error);
                }
                failures = 0;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether the server answers another request about the same records: then its database refuses their content.
    async fn answers(&self, logs: &[Log]) -> bool {
        let Some(log) = logs.last() else { return true };
        let run = log.flow_run_id.unwrap_or(self.flow_run);
        self.client.has_log_of(run, log.timestamp).await.is_ok()
    }

    async fn try_to_send(&self, logs: &[Log], may_be_there: bool) -> Result<(), Error> {
        let last = logs.last().filter(|_| may_be_there);
        if let Some(last) = last
            && self
                .client
                .has_log_of(last.flow_run_id.unwrap_or(self.flow_run), last.timestamp)
                .await?
        {
            return Ok(());
        }
        self.client.add_logs(logs).await
    }

    fn log(&self, record: &Record) -> Log {
        let name = match record.origin.task_run {
            Some(_) => "prefect.task_runs",
            None => "prefect.flow_runs",
        };
        Log {
            name: name.to_owned(),
            level: record.level,
            message: record.text.clone(),
            timestamp: record.at,
            flow_run_id: Some(record.origin.flow_run.unwrap_or(self.flow_run)),
            task_run_id: record.origin.task_run,
        }
    }
}

/// Whether fewer or other records may be taken: the batch is too large (413), one of them is refused (422), or the
/// database fails on one.
fn depends_on_content(error: &Error) -> bool {
    matches!(error.status(), Some(400 | 413 | 422 | 500..))
}
