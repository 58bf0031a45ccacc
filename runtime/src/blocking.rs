//! The border between asynchronous code and plain functions.

use std::future::Future;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle};
use tokio::sync::watch;

/// How many plain functions, and threads of flows, run now; nothing stops one that blocks.
static RUNNING: LazyLock<watch::Sender<usize>> = LazyLock::new(|| watch::Sender::new(0));

/// Counts a function while it runs.
pub(crate) struct Count;

impl Count {
    pub(crate) fn begin() -> Self {
        RUNNING.send_modify(|running| *running += 1);
        Self
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        RUNNING.send_modify(|running| *running -= 1);
    }
}

/// Waits until none of them runs.
pub(crate) async fn idle() {
    // The sender is never dropped.
    let _ = RUNNING.subscribe().wait_for(|running| *running == 0).await;
}

/// Runs a plain function on a thread where it may block; its panic is passed on.
pub(crate) async fn on_thread<T: Send + 'static>(
    function: impl FnOnce() -> T + Send + 'static,
) -> T {
    if Handle::try_current().is_err() {
        return function();
    }
    let span = tracing::Span::current();
    let scope = crate::context::scope();
    let subscriber = crate::context::subscriber();
    let counted = move || {
        let _count = Count::begin();
        crate::context::under(subscriber.as_ref(), || {
            span.in_scope(|| crate::context::enter(scope, function))
        })
    };
    match tokio::task::spawn_blocking(counted).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Blocking threads are only cancelled when the runtime shuts down, and nobody polls then.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Waits for a future on a thread that may block, with or without a runtime around it.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    match Handle::try_current() {
        Ok(handle) => handle.block_on(future),
        Err(_) => Builder::new_current_thread()
            .enable_all()
            .build()
            .map(|runtime| runtime.block_on(future))
            .unwrap_or_else(|error| panic!("cannot start a runtime for a task: {error}")),
    }
}

/// Waits for a future on any thread: one that drives asynchronous code must not begin to drive more of it.
pub(crate) fn wait_anywhere<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let Ok(handle) = Handle::try_current() else {
        return wait(future);
    };
    let scope = crate::context::scope();
    let subscriber = crate::context::subscriber();
    let ended = std::thread::scope(|threads| {
        let body = || crate::context::enter(scope, || handle.block_on(future));
        let body = || crate::context::under(subscriber.as_ref(), body);
        threads.spawn(body).join()
    });
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
