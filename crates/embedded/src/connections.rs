//! The connections of the server: bounded in number, and none may wait for ever.
//!
//! Any user of the machine can connect to 127.0.0.1. Who has not shown the auth string makes room for whoever comes next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};

/// Connections at once: a client keeps one per request that is under way.
const MOST: usize = 128;

/// How long a request's head may take, and how long a connection may be idle; clients close theirs after 4 s.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Pause after a connection that could not be accepted, such as for want of file descriptors.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Whether a connection has shown the auth string.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Arc<AtomicBool>);

impl Known {
    pub(crate) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Serves until it is told to stop, or the sender is gone; then running requests finish.
pub(crate) async fn serve(listener: TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let mut connections = Connections::default();
    tokio::pin!(stopped);
    loop {
        connections.forget_ended();
        tokio::select! {
            biased;
            _ = &mut stopped => break,
            accepted = listener.accept(), if connections.make_room() => match accepted {
                Ok((stream, _)) => connections.add(stream, &router),
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            },
            _ = connections.tasks.join_next(), if !connections.tasks.is_empty() => {}
        }
    }
    drop(listener);
    connections.finish().await;
}

#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    /// Oldest first.
    open: VecDeque<(AbortHandle, Known)>,
    stop: watch::Sender<bool>,
}

impl Connections {
    fn forget_ended(&mut self) {
        self.open.retain(|(task, _)| !task.is_finished());
    }

    /// Whether there is room for another one, if need be after the end of the oldest that has shown nothing.
    fn make_room(&mut self) -> bool {
        if self.open.len() < MOST {
            return true;
        }
        let oldest = self.open.iter().position(|(_, known)| !known.get());
        let Some((task, _)) = oldest.and_then(|oldest| self.open.remove(oldest)) else {
            return false;
        };
        task.abort();
        true
    }

    fn add(&mut self, stream: TcpStream, router: &Router) {
        let known = Known::default();
        let router = router.clone().layer(Extension(known.clone()));
        let stop = self.stop.subscribe();
        let task = self.tasks.spawn(serve_connection(stream, router, stop));
        self.open.push_back((task, known));
    }

    async fn finish(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

async fn serve_connection(stream: TcpStream, router: Router, mut stop: watch::Receiver<bool>) {
    // Small answers would wait for the acknowledgement of earlier ones.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        // The guard of the value must not be held while the connection ends.
        () = async { _ = stop.wait_for(|stop| *stop).await } => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended");
    }
}
