//! What is told of a task run.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use longshore_prefect::{State, StateDetails, StateType, TaskRunReport, TaskRunWrite};
use uuid::Uuid;

use crate::mask::masked;
use crate::record::TaskRecord;
use crate::run::{self, Attempt};

/// A report of a task run on its way to the server.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub(crate) run: Arc<TaskRunWrite>,
    pub(crate) report: TaskRunReport,
}

/// A task run, or a bare call outside of a flow run.
#[derive(Debug, Clone)]
pub(super) struct TaskRun {
    record: &'static TaskRecord,
    attempt: Option<Arc<Attempt>>,
    id: Uuid,
    number: u32,
    after: Vec<Uuid>,
}

impl TaskRun {
    pub(super) fn new(record: &'static TaskRecord) -> Self {
        let attempt = run::current();
        let next = attempt.as_ref().map(|attempt| attempt.next_run(record.key));
        let (number, id) = next.unwrap_or_else(|| (0, Uuid::new_v4()));
        Self {
            record,
            attempt,
            id,
            number,
            after: Vec::new(),
        }
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    pub(super) fn record(&self) -> &'static TaskRecord {
        self.record
    }

    pub(super) fn name(&self) -> String {
        format!("{}-{}", self.record.name, self.number)
    }

    pub(super) fn add_edges(&mut self, others: impl Iterator<Item = Uuid>) {
        self.after.extend(others);
    }

    /// Makes a task that runs by itself end with the flow.
    pub(super) fn keep(&self, task: tokio::task::AbortHandle) {
        if let Some(attempt) = &self.attempt {
            attempt.keep(task);
        }
    }

    /// Tells that it begins; `None` outside of a flow run.
    pub(super) fn begin(&self) -> Option<Progress> {
        let attempt = Arc::clone(self.attempt.as_ref()?);
        attempt.opened();
        let tags: BTreeSet<String> = self.record.tags.iter().map(ToString::to_string).collect();
        let run = TaskRunWrite {
            id: self.id,
            flow_run_id: attempt.run().id(),
            task_key: self.record.key.to_owned(),
            dynamic_key: self.number.to_string(),
            name: self.name(),
            task_inputs: TaskRunWrite::inputs_after(&self.after),
            tags: tags.into_iter().collect(),
        };
        let now = Utc::now();
        let mut progress = Progress {
            attempt,
            run: Arc::new(run),
            begun: now,
            last: None,
            run_count: 0,
        };
        progress.running("Running");
        Some(progress)
    }
}

/// The states of a task run as they come; one that is dropped before its end was cancelled.
#[derive(Debug)]
pub(super) struct Progress {
    attempt: Arc<Attempt>,
    run: Arc<TaskRunWrite>,
    begun: DateTime<Utc>,
    last: Option<(StateType, DateTime<Utc>)>,
    run_count: u32,
}

impl Progress {
    pub(super) fn attempt(&self) -> Arc<Attempt> {
        Arc::clone(&self.attempt)
    }

    fn running(&mut self, name: &str) {
        self.run_count += 1;
        self.tell(StateType::Running, name, None, None);
    }

    pub(super) fn retrying(&mut self) {
        self.running("Retrying");
    }

    pub(super) fn awaiting_retry(&mut self, message: String, wait: Duration) {
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
        let due = Utc::now().checked_add_signed(wait);
        self.tell(StateType::Scheduled, "AwaitingRetry", Some(message), due);
    }

    pub(super) fn completed(mut self) {
        self.tell(StateType::Completed, "Completed", None, None);
    }

    pub(super) fn failed(mut self, name: &str, message: String) {
        self.tell(StateType::Failed, name, Some(message), None);
    }

    fn tell(
        &mut self,
        kind: StateType,
        name: &str,
        message: Option<String>,
        scheduled_time: Option<DateTime<Utc>>,
    ) {
        let now = Utc::now();
        // The later of two states is the one that counts.
        let next = self.last.map(|(_, last)| last + TimeDelta::microseconds(1));
        let at = next.map_or(now, |next| next.max(now));
        let report = TaskRunReport {
            state: State {
                name: Some(name.to_owned()),
                message: message.map(|text| masked(&text).into_owned()),
                state_details: StateDetails {
                    scheduled_time,
                    transition_id: Some(Uuid::new_v4()),
                    ..StateDetails::default()
                },
                ..State::new(kind)
            },
            from: self.last.map(|(kind, _)| kind),
            at,
            run_count: self.run_count,
            flow_run_run_count: self.attempt.run().attempt(),
            start_time: self.begun,
            end_time: kind.is_terminal().then_some(at),
        };
        self.last = Some((kind, at));
        self.attempt.report(Told {
            run: Arc::clone(&self.run),
            report,
        });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let has_ended = self.last.is_some_and(|(kind, _)| kind.is_terminal());
        if !has_ended {
            let message = "The call was dropped before its end.".to_owned();
            self.tell(StateType::Cancelled, "Cancelled", Some(message), None);
        }
        self.attempt.closed();
    }
}
