//! How one attempt of a task or a subflow ends, and what its caller gets.

use std::any::Any;
use std::fmt::Display;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::error::TaskTimedOut;
use crate::panic::panic_text;

/// What the macro knows of an output; `X` says that time was up.
#[doc(hidden)]
pub struct Output<T, X = TaskTimedOut> {
    /// What went wrong, if the output is a failure.
    pub failure: fn(&T) -> Option<String>,
    /// The output that says that time was up, if the type has one.
    pub timed_out: fn(X) -> Result<T, X>,
}

impl<T, X> Output<T, X> {
    /// Of a type that is never a failure.
    pub const NO_FAILURE: Self = Self::without_limit(|_| None);

    /// Of a function that has no time limit.
    pub const fn without_limit(failure: fn(&T) -> Option<String>) -> Self {
        Self {
            failure,
            timed_out: Err,
        }
    }
}

impl<T, X> std::fmt::Debug for Output<T, X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

/// How an attempt ended.
pub(crate) enum End<T, X> {
    Value(T),
    Panic(Box<dyn Any + Send>),
    TimedOut(X),
}

impl<T, X: Display> End<T, X> {
    /// Waits for the end of a call, or for its time limit.
    pub(crate) async fn of(
        call: impl Future<Output = T>,
        limit: Option<Duration>,
        timed_out: impl FnOnce(Duration) -> X,
    ) -> Self {
        let call = caught(call);
        let end = match limit {
            Some(limit) => match tokio::time::timeout(limit, call).await {
                Ok(end) => end,
                Err(_) => return Self::TimedOut(timed_out(limit)),
            },
            None => call.await,
        };
        match end {
            Ok(value) => Self::Value(value),
            Err(payload) => Self::Panic(payload),
        }
    }

    /// The name of the failed state and what went wrong; `None` if nothing did.
    pub(crate) fn failure(&self, output: &Output<T, X>) -> Option<(&'static str, String)> {
        match self {
            Self::Value(value) => (output.failure)(value).map(|message| ("Failed", message)),
            Self::Panic(payload) => Some(("Failed", panic_text(&**payload))),
            Self::TimedOut(error) => Some(("TimedOut", error.to_string())),
        }
    }

    /// What the caller gets; a panic goes on, and so does the end of time where the type has no error for it.
    pub(crate) fn into_value(self, output: &Output<T, X>) -> T {
        match self {
            Self::Value(value) => value,
            Self::Panic(payload) => resume_unwind(payload),
            Self::TimedOut(error) => match (output.timed_out)(error) {
                Ok(value) => value,
                Err(error) => resume_unwind(Box::new(error.to_string())),
            },
        }
    }
}

async fn caught<T>(call: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut call = pin!(call);
    poll_fn(
        move |context| match catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(payload)),
        },
    )
    .await
}
