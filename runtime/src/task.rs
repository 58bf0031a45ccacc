//! A call of a task.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tracing::Instrument;

use crate::record::TaskRecord;

/// A call of a `#[task]` function; it starts when it is first polled, and awaits to the function's result.
#[must_use = "a task runs when its call is awaited, or waited for in a blocking flow"]
pub struct TaskCall<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
}

impl<T> std::fmt::Debug for TaskCall<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskCall").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> TaskCall<T> {
    #[doc(hidden)]
    pub fn new(
        record: &'static TaskRecord,
        call: impl Future<Output = T> + Send + 'static,
    ) -> Self {
        let span = tracing::info_span!("task", name = %record.name);
        Self {
            future: Box::pin(call.instrument(span)),
        }
    }

    #[doc(hidden)]
    pub fn blocking(
        record: &'static TaskRecord,
        call: impl FnOnce() -> T + Send + 'static,
    ) -> Self {
        let span = tracing::info_span!("task", name = %record.name);
        Self {
            future: Box::pin(crate::blocking::on_thread(move || span.in_scope(call))),
        }
    }

    /// The result, for a flow that is a plain `fn`.
    ///
    /// # Panics
    /// If it is called on a thread that drives asynchronous code, which would stand still; await the
    /// call there.
    pub fn wait(self) -> T {
        crate::blocking::wait(self)
    }
}

impl<T> Future for TaskCall<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.future.as_mut().poll(context)
    }
}
