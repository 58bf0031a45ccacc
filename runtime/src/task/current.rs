//! Which task run the code at hand is part of.

use std::future::Future;

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Uuid;
}

/// The id of the task run; `None` outside of tasks.
pub(crate) fn current() -> Option<Uuid> {
    CURRENT.try_with(|id| *id).ok()
}

/// Makes a plain function part of a task run.
pub(crate) fn with_current<T>(task_run: Option<Uuid>, function: impl FnOnce() -> T) -> T {
    match task_run {
        Some(id) => CURRENT.sync_scope(id, function),
        None => function(),
    }
}

/// Makes a future part of a task run.
pub(super) fn within<F: Future>(id: Uuid, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(id, future)
}
