//! The attempts of a task run: retries, time limits, panics.

use tokio::time::sleep;
use tracing::Instrument;

use super::Call;
use super::progress::{Progress, TaskRun};
use crate::context::{Scope, within};
use crate::end::{End, Output};
use crate::error::TaskTimedOut;
use crate::log::RUN_TARGET;

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
    let scope = Scope {
        attempt: Some(progress.attempt()),
        task_run: Some(run.id()),
        memory: crate::context::memory(),
    };
    within(
        scope,
        report(run, output, attempt, progress).instrument(span),
    )
    .await
}

async fn report<T>(
    run: TaskRun,
    output: Output<T>,
    mut attempt: Box<dyn FnMut() -> Call<T> + Send>,
    mut progress: Progress,
) -> T {
    let record = run.record();
    let limit = record.timeout.map(|limit| limit.as_duration());
    let mut attempts = 0;
    loop {
        attempts += 1;
        let end = End::of(attempt(), limit, |limit| TaskTimedOut {
            task: record.name.to_string(),
            limit,
        })
        .await;
        let Some((name, message)) = end.failure(&output) else {
            progress.completed();
            return end.into_value(&output);
        };
        if attempts > record.retries {
            tracing::error!("task run failed: {message}");
            progress.failed(name, message);
            return end.into_value(&output);
        }
        let wait = record.retry_delay.after(attempts, fastrand::f64());
        tracing::warn!("attempt {attempts} failed, the next one is in {wait:.1?}: {message}");
        progress.awaiting_retry(message, wait);
        drop(end);
        sleep(wait).await;
        progress.retrying();
    }
}
