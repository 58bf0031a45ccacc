//! Ctrl-C and the request to end.

use crate::exit::Exit;

/// Waits for a signal that ends the program. What is under way is ended by dropping it.
#[cfg(unix)]
pub(super) async fn received() -> Exit {
    use tokio::signal::unix::{SignalKind, signal};

    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        // Without handlers the signals end the process by themselves.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}

/// Waits for Ctrl-C. What is under way is ended by dropping it.
#[cfg(not(unix))]
pub(super) async fn received() -> Exit {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Exit::Interrupted,
        Err(_) => std::future::pending().await,
    }
}
