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

/// A server that fails on a batch so often will always do so.
const MOST_FAILURES: u32 = 5;

/// The sender of one run's records.
#[derive(Debug)]
pub(crate) struct Sender {
    pub(crate) client: Client,
    pub(crate) flow_run: Uuid,
    pub(crate) queue: Arc<Queue>,
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
                let was_sent = self.send(&batch).await;
                self.queue.settle(&batch, was_sent);
            }
        }
    }

    /// Sends a batch until the server has it; false if it refuses it.
    async fn send(&self, batch: &[Record]) -> bool {
        let logs: Vec<Log> = batch.iter().map(|record| self.log(record)).collect();
        let mut pause = FIRST_PAUSE;
        let mut failures = 0;
        let mut may_be_there = false;
        loop {
            let error = match self.try_to_send(&logs, may_be_there).await {
                Ok(()) => return true,
                Err(error) => error,
            };
            may_be_there |= error.answer_was_lost();
            failures += u32::from(error.status() == Some(500));
            if !crate::engine::may_pass(&error) || failures == MOST_FAILURES {
                tracing::warn!(target: "longshore_prefect", "log records are given up: {error}");
                return false;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
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
