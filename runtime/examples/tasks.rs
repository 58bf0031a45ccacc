//! Flows with tasks, for the tests of the engine.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use longshore::{TaskCall, flow, task};

type BoxError = Box<dyn Error + Send + Sync>;

/// Two tasks at once, and one after both.
#[flow]
async fn graph() {
    let (first, second) = (load(1), load(2));
    let sum = sum_up(1, 2).after([&first, &second]).after([first.id()]);
    let (first, second) = tokio::join!(first, second);
    assert_eq!((first, second, sum.await), (10, 20, 3));
}

#[task(tags = ["input"])]
async fn load(page: u32) -> u32 {
    let line = longshore::spawn(async move { tracing::info!("page {page}") });
    line.await.expect("a line");
    page * 10
}

#[task(name = "sum")]
fn sum_up(left: u32, right: u32) -> u32 {
    tracing::info!("adding");
    left + right
}

/// A task that fails once; all of it in plain functions.
#[flow]
fn retried(file: String) -> Result<(), BoxError> {
    assert_eq!(flaky(file, "kept".to_owned()).wait()?, 2);
    Ok(())
}

#[task(retries = 2, retry_delay = exponential("20ms", max = "1s", jitter = 0.5))]
fn flaky(file: String, kept: String) -> std::io::Result<usize> {
    assert_eq!(kept.into_bytes(), b"kept");
    let lines = std::fs::read_to_string(&file).unwrap_or_default() + "attempt\n";
    std::fs::write(file, &lines)?;
    match lines.lines().count() {
        1 => Err(std::io::Error::other("too early")),
        attempts => Ok(attempts),
    }
}

/// Tasks that fail in every way; the flow bears it.
#[flow]
async fn failures() {
    assert!(refuse().await.is_err());
    assert!(sleep().await.is_err());
    let panic = tokio::spawn(give_up()).await;
    assert!(panic.is_err_and(|error| error.is_panic()));
    let no_error = tokio::spawn(sleep_without_error()).await;
    assert!(no_error.is_err_and(|error| error.is_panic()));
}

#[task]
async fn refuse() -> Result<(), BoxError> {
    let source: Result<(), std::io::Error> = Err(std::io::Error::other("no disk"));
    source.map_err(Into::into)
}

#[task(timeout = "50ms")]
async fn sleep() -> Result<(), BoxError> {
    std::future::pending().await
}

#[task(timeout = "50ms")]
async fn sleep_without_error() {
    std::future::pending::<()>().await;
}

#[task(retries = 1)]
async fn give_up() {
    panic!("it is too much");
}

/// Leaves tasks behind.
#[flow]
async fn abandon() {
    let started = wait_for("/nonexistent".to_owned()).start();
    let polled = wait_for("/nonexistent".to_owned());
    let _ = tokio::time::timeout(Duration::from_millis(50), polled).await;
    drop(started);
    let never = load(3);
    drop(never);
}

#[task]
async fn wait_for(file: String) {
    while !Path::new(&file).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// One task that takes a while.
#[flow]
async fn long(go: String) {
    wait_for(go).await;
}

/// Many tasks at once.
#[flow]
async fn many(tasks: u32) {
    let calls: Vec<TaskCall<u32>> = (0..tasks).map(|page| load(page).start()).collect();
    for call in calls {
        call.await;
    }
}

/// Fails once, after a task.
#[flow(retries = 1)]
async fn again(file: String) -> std::io::Result<()> {
    load(1).await;
    if std::fs::exists(&file)? {
        return Ok(());
    }
    std::fs::write(&file, "")?;
    Err(std::io::Error::other("too early"))
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
