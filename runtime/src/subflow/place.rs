//! Where the polls of one attempt happen.
//!
//! Every flow has a future of its own type, and the compiler makes everything that is generic over it once per flow. So
//! only what has to know the type is generic here, and small; scope, span, panics and time limit are not.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::coop::{Unconstrained, unconstrained};
use tokio::time::{Sleep, sleep};
use tracing::Span;

use crate::context::{self, Scope};
use crate::end::End;
use crate::error::FlowTimedOut;
use crate::log::RUN_TARGET;
use crate::record::FlowRecord;
use crate::run::Attempt;

/// What the code of an attempt belongs to, and how long it may take.
pub(super) struct Place {
    record: &'static FlowRecord,
    scope: Scope,
    span: Span,
}

impl Place {
    pub(super) fn new(record: &'static FlowRecord, attempt: &Arc<Attempt>) -> Self {
        let name = record.name.as_str();
        Self {
            record,
            span: tracing::error_span!(target: RUN_TARGET, "flow", %name, run = %attempt.run().name()),
            scope: Scope {
                attempt: Some(Arc::clone(attempt)),
                memory: context::memory(),
                task_run: None,
            },
        }
    }

    /// Waits for the end of a call, or for its time limit, which begins now.
    pub(super) fn hold<F: Future>(&self, call: F) -> Held<'_, F> {
        let limit = self.record.timeout.map(|limit| limit.as_duration());
        Held {
            call: Some(Box::pin(call)),
            limit: limit.map(Limit::new),
            place: self,
        }
    }

    /// Logs a failure where the attempt's own records are.
    pub(super) fn report(&self, failure: Option<(&'static str, String)>) {
        if let Some((_, message)) = failure {
            self.enter(&mut || tracing::error!("flow run failed: {message}"));
        }
    }

    fn enter(&self, function: &mut dyn FnMut()) {
        context::enter(Some(self.scope.clone()), || self.span.in_scope(function));
    }

    /// Polls a call; `None` if nothing but the call itself can say how it goes on.
    fn poll(
        &self,
        context: &mut Context<'_>,
        limit: Option<&mut Limit>,
        call: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Option<Stopped> {
        let mut polled = Ok(Poll::Pending);
        self.enter(&mut || polled = catch_unwind(AssertUnwindSafe(|| call(context))));
        match polled {
            Err(payload) => Some(Stopped::Panic(payload)),
            Ok(Poll::Ready(())) => None,
            Ok(Poll::Pending) => {
                let limit = limit?;
                limit.is_over(context).then(|| {
                    Stopped::TimedOut(FlowTimedOut {
                        flow: self.record.name.to_string(),
                        limit: limit.duration,
                    })
                })
            }
        }
    }
}

/// What ends a call that gives no value.
enum Stopped {
    Panic(Box<dyn Any + Send>),
    TimedOut(FlowTimedOut),
}

struct Limit {
    duration: Duration,
    // A call that has used up what tokio lets it do at once does not hold up the clock.
    sleep: Pin<Box<Unconstrained<Sleep>>>,
}

impl Limit {
    fn new(duration: Duration) -> Self {
        Self {
            duration,
            sleep: Box::pin(unconstrained(sleep(duration))),
        }
    }

    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.sleep.as_mut().poll(context).is_ready()
    }
}

/// A call in its place; polled there, and dropped there.
pub(super) struct Held<'a, F> {
    place: &'a Place,
    limit: Option<Limit>,
    call: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Held<'_, F> {
    type Output = End<F::Output, FlowTimedOut>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { place, limit, call } = &mut *self;
        let mut value = None;
        let stopped = place.poll(context, limit.as_mut(), &mut |context| match call {
            Some(call) => call.as_mut().poll(context).map(|found| value = Some(found)),
            None => Poll::Pending,
        });
        match (value, stopped) {
            (Some(value), _) => Poll::Ready(End::Value(value)),
            (None, Some(Stopped::Panic(payload))) => Poll::Ready(End::Panic(payload)),
            (None, Some(Stopped::TimedOut(error))) => Poll::Ready(End::TimedOut(error)),
            (None, None) => Poll::Pending,
        }
    }
}

impl<F> Drop for Held<'_, F> {
    fn drop(&mut self) {
        let call = &mut self.call;
        self.place.enter(&mut || *call = None);
    }
}
