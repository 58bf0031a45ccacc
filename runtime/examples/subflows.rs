//! Flows that call flows, for the tests of the engine.

use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::time::Duration;

use longshore::{flow, task};

type BoxError = Box<dyn Error + Send + Sync>;

/// Two subflows at once, with a task before and within.
#[flow]
async fn parent() -> Result<(), BoxError> {
    tracing::info!("of the parent");
    let base = load(1).await;
    let (left, right) = tokio::join!(
        region("north".to_owned(), base),
        region("south".to_owned(), base)
    );
    assert_eq!((left?, right?), (13, 13));
    let run = longshore::run().ok_or("a run")?;
    if run.flow_name() != "parent" || run.parent_task_run_id().is_some() {
        return Err("the parent is not itself".into());
    }
    Ok(())
}

/// A child with a parameter, a task and a log record.
#[flow(run_name = "region-{name}")]
async fn region(name: String, mut base: u32) -> Result<u32, BoxError> {
    let run = longshore::run();
    if let Some(run) = &run {
        tracing::info!(
            "{} of {}, attempt {}",
            run.name(),
            run.flow_name(),
            run.attempt()
        );
        if run.parameters()["name"] != name.as_str() || run.parent_task_run_id().is_none() {
            return Err("the child is not itself".into());
        }
    }
    base += load(name.len() as u32).await;
    base += 1;
    longshore::spawn(async { tracing::info!("spawned by a child") }).await?;
    Ok(base)
}

#[task]
async fn load(page: u32) -> u32 {
    page * 2
}

/// A child that fails once, a plain one, one that is too slow, one that panics.
#[flow]
async fn hard(file: String) -> Result<(), BoxError> {
    assert_eq!(flaky(file.clone()).await?, 2);
    assert_eq!(plain(20)?, 21);
    let slow = slow().await.expect_err("a time limit").to_string();
    assert_eq!(slow, "the flow `slow` exceeded its time limit of 100ms");
    let panic = tokio::spawn(longshore_panics()).await;
    assert!(panic.is_err());
    let failed = refuse().await.expect_err("a failure").to_string();
    assert_eq!(failed, "no disk");
    Ok(())
}

async fn longshore_panics() {
    give_up().await;
}

#[flow(retries = 1)]
async fn flaky(file: String) -> std::io::Result<usize> {
    let mut lines = OpenOptions::new().append(true).create(true).open(&file)?;
    writeln!(lines, "attempt")?;
    match std::fs::read_to_string(file)?.lines().count() {
        1 => Err(std::io::Error::other("too early")),
        attempts => Ok(attempts),
    }
}

/// A child with an argument that no server can return, which fails once.
#[flow]
async fn large(file: String) -> Result<(), BoxError> {
    assert_eq!(counted(file, u64::MAX).await?, u64::MAX);
    Ok(())
}

#[flow(retries = 1)]
async fn counted(file: String, number: u64) -> std::io::Result<u64> {
    if std::fs::exists(&file)? {
        return Ok(number);
    }
    std::fs::write(&file, "")?;
    Err(std::io::Error::other("too early"))
}

#[flow]
fn plain(number: u32) -> Result<u32, BoxError> {
    let task = add_one(number).wait();
    tracing::info!("plain {task}");
    Ok(task)
}

#[task]
fn add_one(number: u32) -> u32 {
    number + 1
}

#[flow(timeout = "100ms")]
async fn slow() -> Result<(), BoxError> {
    add_one(1).await;
    std::future::pending().await
}

#[flow]
async fn give_up() {
    panic!("it is too much");
}

#[flow]
async fn refuse() -> Result<(), BoxError> {
    Err(std::io::Error::other("no disk").into())
}

/// All of it in plain functions.
#[flow]
fn plainly() -> Result<(), BoxError> {
    assert_eq!(plain(1)?, 2);
    Ok(())
}

/// Fails once, after a child.
#[flow(retries = 1)]
async fn again(file: String) -> std::io::Result<()> {
    plain(1).map_err(std::io::Error::other)?;
    if std::fs::exists(&file)? {
        return Ok(());
    }
    std::fs::write(&file, "")?;
    Err(std::io::Error::other("too early"))
}

/// Leaves children behind in two ways.
#[flow]
async fn abandon() {
    let _ = tokio::time::timeout(Duration::from_millis(300), endless()).await;
    longshore::spawn(endless());
    tokio::time::sleep(Duration::from_millis(300)).await;
}

#[flow]
async fn endless() {
    tracing::info!("it begins");
    std::future::pending::<()>().await;
}

/// Waits for ever within a child; tells so by a file.
#[flow]
async fn nested(begun: String) {
    inner(begun).await;
}

#[flow]
async fn inner(begun: String) {
    std::fs::write(begun, "").expect("a file");
    std::future::pending::<()>().await;
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
