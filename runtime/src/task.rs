//! A call of a task.

mod attempts;
mod delay;
mod progress;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tracing::Instrument;
use tracing::instrument::WithSubscriber as _;
use uuid::Uuid;

use crate::end::Output;
use crate::record::TaskRecord;
use attempts::attempts;
use progress::TaskRun;

pub(crate) use progress::Told;

/// A call of a `#[task]` function; it starts when it is first polled or at [`TaskCall::start`], and awaits to the
/// function's result.
///
/// In a flow run it is a task run on the server, with the task's retries and time limit. Outside of one it is a call
/// of the function and nothing else.
#[must_use = "a task runs when its call is awaited, started, or waited for in a blocking flow"]
pub struct TaskCall<T> {
    run: TaskRun,
    body: Body<T>,
}

/// One call of a task's function.
type Call<T> = Pin<Box<dyn Future<Output = T> + Send>>;

enum Body<T> {
    /// Not begun.
    Waiting(Box<dyn FnMut() -> Call<T> + Send>, Output<T>),
    /// Driven by whoever polls it.
    Polled(Call<T>),
    /// Driven by the runtime.
    Started(JoinHandle<T>),
    Done,
}

impl<T> std::fmt::Debug for TaskCall<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TaskCall")
            .field("id", &self.run.id())
            .finish_non_exhaustive()
    }
}

impl<T: Send + 'static> TaskCall<T> {
    #[doc(hidden)]
    pub fn once<F: Future<Output = T> + Send + 'static>(
        record: &'static TaskRecord,
        output: Output<T>,
        call: impl FnOnce() -> F + Send + 'static,
    ) -> Self {
        let mut call = Some(call);
        // Without retries nothing asks a second time.
        let attempt = move || -> Call<T> {
            match call.take() {
                Some(call) => Box::pin(async move { call().await }),
                None => Box::pin(std::future::pending()),
            }
        };
        Self::new(record, output, Box::new(attempt))
    }

    #[doc(hidden)]
    pub fn repeatable<F: Future<Output = T> + Send + 'static>(
        record: &'static TaskRecord,
        output: Output<T>,
        mut call: impl FnMut() -> F + Send + 'static,
    ) -> Self {
        let attempt = move || -> Call<T> { Box::pin(call()) };
        Self::new(record, output, Box::new(attempt))
    }

    fn new(
        record: &'static TaskRecord,
        output: Output<T>,
        attempt: Box<dyn FnMut() -> Call<T> + Send>,
    ) -> Self {
        Self {
            run: TaskRun::new(record),
            body: Body::Waiting(attempt, output),
        }
    }

    /// Starts it now, so that it runs beside what follows; it ends with the flow at the latest. Outside of a runtime it
    /// waits until it is polled.
    pub fn start(mut self) -> Self {
        self.body = match (
            std::mem::replace(&mut self.body, Body::Done),
            Handle::try_current(),
        ) {
            (Body::Waiting(attempt, output), Ok(runtime)) => {
                let task = runtime
                    .spawn(attempts(self.run.clone(), output, attempt).with_current_subscriber());
                self.run.keep(task.abort_handle());
                Body::Started(task)
            }
            (body, _) => body,
        };
        self
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

impl<T> TaskCall<T> {
    /// The id of its task run.
    pub fn id(&self) -> Uuid {
        self.run.id()
    }

    /// Draws an edge from each of these calls, or ids of calls, to this one in the graph of the run.
    ///
    /// The order itself is that of the code: an edge makes nothing wait. It counts before the call starts.
    pub fn after(mut self, others: impl IntoIterator<Item: Into<TaskRunId>>) -> Self {
        let others = others.into_iter().map(|other| other.into().0);
        self.run.add_edges(others);
        self
    }
}

/// Spawns a future whose log records belong to the task run, or the flow run, that it is spawned in.
///
/// # Panics
/// Outside of a runtime, as [`tokio::spawn`] does.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let future = future.in_current_span().with_current_subscriber();
    match crate::context::scope() {
        Some(scope) => tokio::spawn(crate::context::within(scope, future)),
        None => tokio::spawn(future),
    }
}

/// The id of a task run, as [`TaskCall::after`] takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskRunId(Uuid);

impl From<Uuid> for TaskRunId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl<T> From<&TaskCall<T>> for TaskRunId {
    fn from(call: &TaskCall<T>) -> Self {
        Self(call.id())
    }
}

impl<T> Unpin for TaskCall<T> {}

impl<T: Send + 'static> Future for TaskCall<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        if matches!(self.body, Body::Waiting(..))
            && let Body::Waiting(attempt, output) = std::mem::replace(&mut self.body, Body::Done)
        {
            self.body = Body::Polled(Box::pin(attempts(self.run.clone(), output, attempt)));
        }
        let value = match &mut self.body {
            Body::Polled(call) => ready!(call.as_mut().poll(context)),
            Body::Started(task) => match ready!(Pin::new(task).poll(context)) {
                Ok(value) => value,
                Err(error) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The attempt of the flow has ended, and whoever asks will not be asked again.
                    Err(_) => return Poll::Pending,
                },
            },
            Body::Waiting(..) | Body::Done => panic!("a task's call was polled after its end"),
        };
        self.body = Body::Done;
        Poll::Ready(value)
    }
}
