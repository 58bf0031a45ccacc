//! The end of a run before the end of its function: a signal, a cancellation, an end that another process reported.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

/// Why the engine stops the run of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A worker, a cluster or a person sent a signal to the process.
    Signal,
    /// The run is being cancelled.
    Cancelled,
    /// The run was ended or deleted on the server.
    EndedElsewhere,
}

static CAUSE: LazyLock<watch::Sender<Option<Cause>>> = LazyLock::new(|| watch::Sender::new(None));

/// Whether the flow has asked for notice, and so gets time to react.
static IS_AWAITED: AtomicBool = AtomicBool::new(false);

/// Whether the flow has received the notice, and so ends because of it.
static IS_NOTICED: AtomicBool = AtomicBool::new(false);

/// Waits until the run has to stop: it is cancelled, its worker or machine asks the process to end, or the run was ended
/// on the server.
///
/// A flow that has called this function gets the grace period (`LONGSHORE_GRACE`, 20 seconds by default) to clean up;
/// any other flow is stopped at once. However the flow returns then, its run is Cancelled or Crashed, never Completed.
///
/// ```no_run
/// # async fn work() {}
/// # async fn flow() {
/// tokio::select! {
///     () = work() => {}
///     () = longshore::cancelled() => tracing::warn!("half of it is done"),
/// }
/// # }
/// ```
pub async fn cancelled() {
    IS_AWAITED.store(true, Ordering::SeqCst);
    // The sender is never dropped.
    let _ = CAUSE.subscribe().wait_for(Option::is_some).await;
    IS_NOTICED.store(true, Ordering::SeqCst);
}

/// Notifies the flow.
pub(crate) fn request(cause: Cause) {
    CAUSE.send_replace(Some(cause));
}

/// Why the run has to stop; `None` while it does not.
pub(crate) fn cause() -> Option<Cause> {
    *CAUSE.borrow()
}

/// Whether the flow has asked for notice.
pub(crate) fn is_awaited() -> bool {
    IS_AWAITED.load(Ordering::SeqCst)
}

/// Whether the flow has received the notice.
pub(crate) fn is_noticed() -> bool {
    IS_NOTICED.load(Ordering::SeqCst)
}

/// Waits until the process is asked to end.
pub(crate) async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) {
            (Ok(mut terminate), Ok(mut interrupt)) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::warn!("signals end the process at once: {error}");
                std::future::pending::<()>().await;
            }
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
