//! The attempts of a task run: retries, time limits, panics.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::task::Poll;

use tokio::time::{sleep, timeout};
use tracing::Instrument;

use super::current::within;
use super::progress::{Progress, TaskRun};
use super::{Call, Output};
use crate::error::TaskTimedOut;
use crate::log::RUN_TARGET;
use crate::panic::panic_text;

/// How an attempt ended.
enum End<T> {
    Value(T),
    Panic(Box<dyn Any + Send>),
    TimedOut(TaskTimedOut),
}

/// Makes the attempts of a task run and gives the output of the last one; outside of a flow run it makes one, bare.
pub(super) async fn attempts<T>(
    run: TaskRun,
    output: Output<T>,
    mut attempt: Box<dyn FnMut() -> Call<T> + Send>,
) -> T {
    let Some(progress) = run.begin() else {
        return attempt().await;
    };
    let span = tracing::error_span!(target: RUN_TARGET, "task", name = %run.name());
    let id = run.id();
    within(id, report(run, output, attempt, progress).instrument(span)).await
}

async fn report<T>(
    run: TaskRun,
    output: Output<T>,
    mut attempt: Box<dyn FnMut() -> Call<T> + Send>,
    mut progress: Progress,
) -> T {
    let record = run.record();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let end = one(&run, attempt()).await;
        let (name, message) = match &end {
            End::Value(value) => match (output.failure)(value) {
                Some(message) => ("Failed", message),
                None => {
                    progress.completed();
                    return value_of(end, &output);
                }
            },
            End::Panic(payload) => ("Failed", panic_text(&**payload)),
            End::TimedOut(error) => ("TimedOut", error.to_string()),
        };
        if attempts > record.retries {
            tracing::error!("task run failed: {message}");
            progress.failed(name, message);
            return value_of(end, &output);
        }
        let wait = record.retry_delay.after(attempts, fastrand::f64());
        tracing::warn!("attempt {attempts} failed, the next one is in {wait:.1?}: {message}");
        progress.awaiting_retry(message, wait);
        drop(end);
        sleep(wait).await;
        progress.retrying();
    }
}

/// One attempt, to its end or the time limit.
async fn one<T>(run: &TaskRun, attempt: Call<T>) -> End<T> {
    let attempt = caught(attempt);
    let end = match run.record().timeout.map(|limit| limit.as_duration()) {
        Some(limit) => timeout(limit, attempt).await.map_err(|_| TaskTimedOut {
            task: run.record().name.to_string(),
            limit,
        }),
        None => Ok(attempt.await),
    };
    match end {
        Ok(Ok(value)) => End::Value(value),
        Ok(Err(payload)) => End::Panic(payload),
        Err(timed_out) => End::TimedOut(timed_out),
    }
}

async fn caught<T>(mut attempt: Call<T>) -> std::thread::Result<T> {
    poll_fn(move |context| {
        match catch_unwind(AssertUnwindSafe(|| attempt.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    })
    .await
}

/// What the caller gets; a panic goes on, and so does the end of time where the type has no error for it.
fn value_of<T>(end: End<T>, output: &Output<T>) -> T {
    match end {
        End::Value(value) => value,
        End::Panic(payload) => resume_unwind(payload),
        End::TimedOut(error) => match (output.timed_out)(error) {
            Ok(value) => value,
            Err(error) => resume_unwind(Box::new(error.to_string())),
        },
    }
}
