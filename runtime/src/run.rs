//! The attempt of a flow run that this process makes: one at a time, known to all of its threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use uuid::Uuid;

use crate::record::TaskRecord;
use crate::task::Told;

/// How long tasks may take to notice that they have been stopped.
const STOP: Duration = Duration::from_secs(1);

/// An attempt of a flow run.
#[derive(Debug)]
pub(crate) struct Attempt {
    flow_run: Uuid,
    /// Which attempt it is, counted from 1.
    number: u32,
    reports: mpsc::UnboundedSender<Told>,
    /// How many runs of each task there have been.
    counts: Mutex<HashMap<&'static str, u32>>,
    started: Mutex<Vec<AbortHandle>>,
    /// How many task runs have begun and not ended.
    open: watch::Sender<usize>,
}

static CURRENT: RwLock<Option<Arc<Attempt>>> = RwLock::new(None);

/// The attempt under way; `None` outside of a run.
pub(crate) fn current() -> Option<Arc<Attempt>> {
    let current = CURRENT.read().unwrap_or_else(PoisonError::into_inner);
    current.clone()
}

impl Attempt {
    /// Begins an attempt, which all code of this process is part of from here on.
    pub(crate) fn begin(
        flow_run: Uuid,
        number: u32,
        reports: mpsc::UnboundedSender<Told>,
    ) -> Arc<Self> {
        let attempt = Arc::new(Self {
            flow_run,
            number,
            reports,
            counts: Mutex::default(),
            started: Mutex::default(),
            open: watch::Sender::new(0),
        });
        set_current(Some(Arc::clone(&attempt)));
        attempt
    }

    /// Ends the attempt and the tasks that still run in it.
    pub(crate) async fn end(&self) {
        set_current(None);
        let started = std::mem::take(&mut *lock(&self.started));
        for task in started {
            task.abort();
        }
        let mut open = self.open.subscribe();
        let all_closed = open.wait_for(|open| *open == 0);
        if tokio::time::timeout(STOP, all_closed).await.is_err() {
            tracing::warn!("tasks of the flow run on beyond its end");
        }
    }

    pub(crate) fn flow_run(&self) -> Uuid {
        self.flow_run
    }

    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// The number of a task's run within the attempt, from 0, and its id, which is the same in every attempt.
    pub(crate) fn next_run(&self, task: &TaskRecord) -> (u32, Uuid) {
        let mut counts = lock(&self.counts);
        let count = counts.entry(task.key).or_default();
        let number = *count;
        *count += 1;
        drop(counts);
        let mut hasher = Sha256::new();
        hasher.update(self.flow_run.as_bytes());
        hasher.update(number.to_be_bytes());
        hasher.update(task.key);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize()[..16]);
        (number, uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    pub(crate) fn report(&self, told: Told) {
        // Nobody listens any more once the process is about to leave.
        let _ = self.reports.send(told);
    }

    /// Remembers a task that runs by itself, and ends with the attempt.
    pub(crate) fn keep(&self, task: AbortHandle) {
        let mut started = lock(&self.started);
        started.retain(|task| !task.is_finished());
        started.push(task);
    }

    pub(crate) fn opened(&self) {
        self.open.send_modify(|open| *open += 1);
    }

    pub(crate) fn closed(&self) {
        self.open.send_modify(|open| *open -= 1);
    }
}

fn set_current(attempt: Option<Arc<Attempt>>) {
    *CURRENT.write().unwrap_or_else(PoisonError::into_inner) = attempt;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
