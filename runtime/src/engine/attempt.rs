//! One call of the flow's function, on a thread that the time limit does not depend on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{Instrument, Span};

use crate::error::{BoxError, advised, chain, discard};
use crate::panic::panic_text;
use crate::parameter::Arguments;
use crate::record::FlowRecord;

/// As large as the stack of a main thread, where functions run that are called locally.
const STACK: usize = 8 << 20;

/// How long code may take to notice that it has been stopped.
const STOP: Duration = Duration::from_secs(1);

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Completed,
    Failed(String),
    TimedOut(Duration),
    Crashed(String),
}

impl Outcome {
    pub(super) fn is_completed(&self) -> bool {
        matches!(self, Self::Completed)
    }
}

/// An attempt that has ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    /// Whether code of it runs on, which nothing but the end of the process stops.
    pub(super) runs_on: bool,
}

/// Calls the function and waits for its end or its time limit.
pub(super) async fn call(flow: &'static FlowRecord, arguments: Arguments, span: Span) -> Ended {
    let (sender, mut ended) = oneshot::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let handle = Handle::current();
    let body = move || {
        let _count = crate::blocking::Count::begin();
        let call = async move {
            tokio::select! {
                end = flow.run(arguments).instrument(span) => Some(end),
                _ = stopped => None,
            }
        };
        let end = catch_unwind(AssertUnwindSafe(|| handle.block_on(call)));
        let end = outcome_of(end);
        // Nobody listens any more if the process is about to leave.
        let _ = sender.send(end);
    };
    let thread = std::thread::Builder::new()
        .name("flow".to_owned())
        .stack_size(STACK)
        .spawn(body);
    if let Err(error) = thread {
        return Ended {
            outcome: Outcome::Crashed(format!("cannot start a thread for the flow: {error}")),
            runs_on: false,
        };
    }
    let limit = flow.timeout.map(|limit| limit.as_duration());
    let in_time = match limit {
        Some(limit) => timeout(limit, &mut ended).await.ok(),
        None => Some((&mut ended).await),
    };
    let outcome = match in_time {
        Some(Ok(outcome)) => outcome,
        Some(Err(_)) => Outcome::Crashed("the thread of the flow has vanished".to_owned()),
        None => Outcome::TimedOut(limit.unwrap_or_default()),
    };
    let runs_on = match outcome {
        Outcome::Completed => false,
        _ => !has_stopped(stop, ended).await,
    };
    Ended { outcome, runs_on }
}

/// Tells the attempt to stop, and whether it has.
async fn has_stopped<T>(stop: oneshot::Sender<()>, ended: oneshot::Receiver<T>) -> bool {
    // The receiver is gone if the call has ended by itself.
    let _ = stop.send(());
    let all = async {
        if !ended.is_terminated() {
            let _ = ended.await;
        }
        crate::blocking::idle().await;
    };
    timeout(STOP, all).await.is_ok()
}

fn outcome_of(end: std::thread::Result<Option<Result<(), BoxError>>>) -> Outcome {
    match end {
        Ok(Some(Ok(()))) => Outcome::Completed,
        Ok(Some(Err(error))) => {
            let text = advised(chain(&*error));
            discard(error);
            Outcome::Failed(text)
        }
        Ok(None) => Outcome::Crashed("the flow was stopped".to_owned()),
        Err(payload) => {
            let text = advised(panic_text(&*payload));
            discard(payload);
            Outcome::Failed(text)
        }
    }
}
