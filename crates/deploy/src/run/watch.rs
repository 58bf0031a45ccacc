//! Follows a run: its states and its logs, until it has ended.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{Client, Error, FlowRun, Log, LogReader, State, StateType};
use uuid::Uuid;

/// A run that is due for so long and has not begun probably has no worker.
const NO_WORKER: TimeDelta = TimeDelta::seconds(30);

/// How a time is written where all is of today.
const TIME: &str = "%H:%M:%S";

/// How a time is written elsewhere.
pub(crate) const DATE_AND_TIME: &str = "%Y-%m-%d %H:%M:%S";

/// What is known of a run so far.
pub(crate) struct Watch<'a> {
    client: &'a Client,
    run: Uuid,
    /// Pause between two looks.
    pace: Duration,
    logs: LogReader,
    /// When the state that was told last began, and its name.
    state: Option<(Option<DateTime<Utc>>, String)>,
    told_no_worker: bool,
    /// How times are written, in UTC.
    times: &'static str,
    /// Whether `serve` runs the flows, and no worker.
    is_served: bool,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(client: &'a Client, run: Uuid, pace: Duration) -> Self {
        Self {
            client,
            run,
            pace,
            logs: client.log_reader(run),
            state: None,
            told_no_worker: false,
            times: TIME,
            is_served: false,
        }
    }

    /// The same with times in another form, as `strftime` has them.
    pub(crate) fn with_times(self, times: &'static str) -> Self {
        Self { times, ..self }
    }

    /// The same for a server whose runs `serve` starts, if it is one.
    pub(crate) fn served(self, is_served: bool) -> Self {
        Self { is_served, ..self }
    }

    /// Tells what has happened until now.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub(crate) async fn once(mut self, say: &mut impl FnMut(&str)) -> Result<(), Error> {
        self.look(say).await.map(drop)
    }

    /// Tells what happens until the run has ended; the run as it is then, or `None` if it was deleted.
    ///
    /// # Errors
    /// The server cannot be asked any more.
    pub(crate) async fn follow(
        mut self,
        say: &mut impl FnMut(&str),
    ) -> Result<Option<FlowRun>, Error> {
        loop {
            let Some(run) = self.look(say).await? else {
                return Ok(None);
            };
            let has_ended = run
                .state
                .as_ref()
                .is_some_and(|state| state.kind.is_terminal());
            tokio::time::sleep(self.pace).await;
            if has_ended {
                // What the run has logged at its end may come after its state.
                self.tell_logs(say).await?;
                return Ok(Some(run));
            }
        }
    }

    async fn look(&mut self, say: &mut impl FnMut(&str)) -> Result<Option<FlowRun>, Error> {
        // In this order, so that a state comes after the logs that led to it.
        let run = self.client.flow_run(self.run).await?;
        self.tell_logs(say).await?;
        if let Some(run) = &run {
            self.tell_state(run, say);
        }
        Ok(run)
    }

    async fn tell_logs(&mut self, say: &mut impl FnMut(&str)) -> Result<(), Error> {
        while let Some(page) = self.logs.next_page().await? {
            for log in page {
                say(&log_line(&log, self.times));
            }
        }
        Ok(())
    }

    fn tell_state(&mut self, run: &FlowRun, say: &mut impl FnMut(&str)) {
        let Some(state) = &run.state else { return };
        let now = Utc::now();
        let text = describe(state);
        let known = Some((state.timestamp, text.clone()));
        if self.state != known {
            let time = state.timestamp.unwrap_or(now).format(self.times);
            say(&format!("{time} {:<8} {text}", "state"));
            self.state = known;
        }
        let due = run.expected_start_time.unwrap_or(now);
        if state.kind == StateType::Scheduled && now - due > NO_WORKER && !self.told_no_worker {
            let question = if self.is_served {
                "`deploy serve` has as many runs as it may, or the deployment has".to_owned()
            } else {
                let pool = run.work_pool_name.as_deref().unwrap_or_default();
                let queue = run.work_queue_name.as_deref().unwrap_or_default();
                format!("is a worker running for pool `{pool}`, queue `{queue}`?")
            };
            say(&format!(
                "{} {:<8} nothing has taken the run for {} s; {question}",
                now.format(self.times),
                "notice",
                NO_WORKER.num_seconds()
            ));
            self.told_no_worker = true;
        }
    }
}

/// A state in words: its name, and its message if it has one.
pub(crate) fn describe(state: &State) -> String {
    let kind = format!("{:?}", state.kind);
    let name = state.name.as_deref().unwrap_or(&kind);
    match state
        .message
        .as_deref()
        .filter(|message| !message.is_empty())
    {
        Some(message) => format!("{name}: {message}"),
        None => name.to_owned(),
    }
}

/// A log record with its time in UTC.
pub(crate) fn log_line(log: &Log, times: &str) -> String {
    let time = log.timestamp.format(times);
    format!("{time} {:<8} {}", level(log.level), log.message)
}

/// A level in words.
pub(crate) fn level(level: i32) -> &'static str {
    match level {
        ..20 => "debug",
        20..30 => "info",
        30..40 => "warning",
        40..50 => "error",
        _ => "critical",
    }
}
