//! What the code at hand is part of: a run other than the process's own, and a task run.

use std::future::Future;
use std::sync::Arc;

use uuid::Uuid;

use crate::memory::Memory;
use crate::run::Attempt;

/// Where some code belongs to; what is not set is as for the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scope {
    pub(crate) attempt: Option<Arc<Attempt>>,
    pub(crate) task_run: Option<Uuid>,
    /// Where a test collects runs.
    pub(crate) memory: Option<Arc<Memory>>,
}

/// The runs that a log record or an artifact belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// `None` for the flow run of the process.
    pub(crate) flow_run: Option<Uuid>,
    pub(crate) task_run: Option<Uuid>,
}

tokio::task_local! {
    static SCOPE: Scope;
}

/// The scope, to be carried to another thread or task; `None` if there is nothing to carry.
pub(crate) fn scope() -> Option<Scope> {
    SCOPE.try_with(Clone::clone).ok()
}

pub(crate) fn attempt() -> Option<Arc<Attempt>> {
    SCOPE.try_with(|scope| scope.attempt.clone()).ok().flatten()
}

/// Where a test collects runs; `None` outside of tests.
pub(crate) fn memory() -> Option<Arc<Memory>> {
    SCOPE.try_with(|scope| scope.memory.clone()).ok().flatten()
}

pub(crate) fn origin() -> Origin {
    let origin = SCOPE.try_with(|scope| Origin {
        flow_run: scope.attempt.as_ref().map(|attempt| attempt.run().id()),
        task_run: scope.task_run,
    });
    origin.unwrap_or_default()
}

/// Makes a future part of a scope.
pub(crate) fn within<F: Future>(scope: Scope, future: F) -> impl Future<Output = F::Output> {
    SCOPE.scope(scope, future)
}

/// Makes a plain function part of a scope.
pub(crate) fn enter<T>(scope: Option<Scope>, function: impl FnOnce() -> T) -> T {
    match scope {
        Some(scope) => SCOPE.sync_scope(scope, function),
        None => function(),
    }
}
