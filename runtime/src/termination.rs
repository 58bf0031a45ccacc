//! The end that somebody outside asks for: SIGTERM from a worker, a cluster, a person.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

static REQUESTED: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Whether the flow has been told, and so ends because of it.
static NOTICED: AtomicBool = AtomicBool::new(false);

/// Waits until the process is asked to end, by its worker or its machine; the flow has a while then to leave things in
/// order. Its run is Crashed however it ends, so that nobody takes it for complete.
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
    // The sender is never dropped.
    let _ = REQUESTED.subscribe().wait_for(|requested| *requested).await;
    NOTICED.store(true, Ordering::SeqCst);
}

/// Tells the flow.
pub(crate) fn request() {
    REQUESTED.send_replace(true);
}

/// Whether the process has been asked to end.
pub(crate) fn is_requested() -> bool {
    *REQUESTED.borrow()
}

/// Whether the flow has taken notice.
pub(crate) fn is_noticed() -> bool {
    NOTICED.load(Ordering::SeqCst)
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
