//! The attempts of flow runs that this process makes: one of its own, known to all of its threads, and those of subflows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle};
use uuid::Uuid;

use super::Run;
use crate::context;
use crate::engine::Api;
use crate::memory::Memory;
use crate::task::Told;

/// How long tasks may take to notice that they have been stopped.
const STOP: Duration = Duration::from_secs(1);

/// How long the server may take to hear of subflows that have been stopped.
const ENDINGS: Duration = Duration::from_secs(30);

/// Where an attempt is told.
#[derive(Debug, Clone)]
pub(crate) enum Server {
    Prefect(Arc<Api>),
    /// A test, which looks at it afterwards.
    Memory(Arc<Memory>),
}

/// An attempt of a flow run.
#[derive(Debug)]
pub(crate) struct Attempt {
    run: Run,
    server: Server,
    /// How many runs of each task or subflow there have been.
    counts: Mutex<HashMap<&'static str, u32>>,
    started: Mutex<Vec<AbortHandle>>,
    /// How many task runs and subflows have begun and not ended.
    open: watch::Sender<usize>,
    /// Reports of subflows that have been stopped.
    endings: Mutex<Vec<JoinHandle<()>>>,
    has_ended: AtomicBool,
}

static OF_PROCESS: RwLock<Option<Arc<Attempt>>> = RwLock::new(None);

/// The attempt that the caller is part of; `None` outside of a run, or after its end.
pub(crate) fn current() -> Option<Arc<Attempt>> {
    let attempt = context::attempt().or_else(|| {
        let of_process = OF_PROCESS.read().unwrap_or_else(PoisonError::into_inner);
        of_process.clone()
    })?;
    (!attempt.has_ended.load(Ordering::SeqCst)).then_some(attempt)
}

impl Attempt {
    /// Begins an attempt of the process's run, which all of its code is part of from here on.
    pub(crate) fn of_process(run: Run, api: Arc<Api>) -> Arc<Self> {
        let attempt = Self::of_subflow(run, Server::Prefect(api));
        *OF_PROCESS.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&attempt));
        attempt
    }

    /// Begins an attempt of a subflow, which code in its scope is part of.
    pub(crate) fn of_subflow(run: Run, server: Server) -> Arc<Self> {
        Arc::new(Self {
            run,
            server,
            counts: Mutex::default(),
            started: Mutex::default(),
            open: watch::Sender::new(0),
            endings: Mutex::default(),
            has_ended: AtomicBool::new(false),
        })
    }

    /// Ends the attempt and what still runs in it.
    pub(crate) async fn end(self: &Arc<Self>) {
        self.has_ended.store(true, Ordering::SeqCst);
        {
            let mut of_process = OF_PROCESS.write().unwrap_or_else(PoisonError::into_inner);
            of_process.take_if(|attempt| Arc::ptr_eq(attempt, self));
        }
        let started = std::mem::take(&mut *lock(&self.started));
        for task in started {
            task.abort();
        }
        let mut open = self.open.subscribe();
        let all_closed = open.wait_for(|open| *open == 0);
        if tokio::time::timeout(STOP, all_closed).await.is_err() {
            tracing::warn!("tasks of the flow run on beyond its end");
        }
        let endings = std::mem::take(&mut *lock(&self.endings));
        let told = async {
            for ending in endings {
                // A report that fails has said so.
                let _ = ending.await;
            }
        };
        if tokio::time::timeout(ENDINGS, told).await.is_err() {
            tracing::warn!("the server lacks the ends of subflows");
        }
    }

    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The number of the next run of a task or a subflow within the attempt, from 0, and its task run's id, which is the
    /// same in every attempt.
    pub(crate) fn next_run(&self, key: &'static str) -> (u32, Uuid) {
        let mut counts = lock(&self.counts);
        let count = counts.entry(key).or_default();
        let number = *count;
        *count += 1;
        drop(counts);
        let mut hasher = Sha256::new();
        hasher.update(self.run.id().as_bytes());
        hasher.update(number.to_be_bytes());
        hasher.update(key);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize()[..16]);
        (number, uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    pub(crate) fn report(&self, told: Told) {
        match &self.server {
            Server::Prefect(api) => api.tell(told),
            Server::Memory(memory) => memory.tell(told),
        }
    }

    /// Remembers a task that runs by itself, and ends with the attempt.
    pub(crate) fn keep(&self, task: AbortHandle) {
        let mut started = lock(&self.started);
        started.retain(|task| !task.is_finished());
        started.push(task);
    }

    /// Remembers a report that the end of the attempt waits for.
    pub(crate) fn keep_ending(&self, ending: JoinHandle<()>) {
        lock(&self.endings).push(ending);
    }

    pub(crate) fn opened(&self) {
        self.open.send_modify(|open| *open += 1);
    }

    pub(crate) fn closed(&self) {
        self.open.send_modify(|open| *open -= 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
