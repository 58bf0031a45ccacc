//! What a flow asks of the server, or tells it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A call to the run's server, which is made when it is awaited, or waited for in a plain `fn`.
///
/// A server that is away is asked again for as long as `LONGSHORE_OUTAGE_LIMIT` says.
#[must_use = "nothing is sent before the call is awaited, or waited for in a plain `fn`"]
pub struct ServerCall<T>(Pin<Box<dyn Future<Output = T> + Send>>);

impl<T> std::fmt::Debug for ServerCall<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerCall").finish_non_exhaustive()
    }
}

impl<T: Send> ServerCall<T> {
    pub(crate) fn new(call: impl Future<Output = T> + Send + 'static) -> Self {
        Self(Box::pin(call))
    }

    /// Blocks the thread until there is an answer.
    pub fn wait(self) -> T {
        crate::blocking::wait_anywhere(self)
    }
}

impl<T> Future for ServerCall<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(context)
    }
}
