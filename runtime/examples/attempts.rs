//! Flows that fail, hang and count their attempts in a file, for the tests of the engine.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use longshore::flow;

/// Adds a line to the file and tells how many there are.
fn count(file: impl AsRef<Path>) -> std::io::Result<usize> {
    let mut lines = OpenOptions::new().append(true).create(true).open(&file)?;
    writeln!(lines, "attempt")?;
    Ok(std::fs::read_to_string(file)?.lines().count())
}

/// Fails so many times.
#[flow(retries = 2, run_name = "flaky-{failures}")]
async fn flaky(file: String, #[param(default = 1)] failures: usize) -> std::io::Result<()> {
    let attempt = count(file)?;
    if attempt <= failures {
        return Err(std::io::Error::other(format!("attempt {attempt} failed")));
    }
    Ok(())
}

/// Fails once, and lets a while pass.
#[flow(retries = 1, retry_delay = "2s")]
async fn patient(file: String) -> std::io::Result<()> {
    if count(file)? == 1 {
        return Err(std::io::Error::other("too early"));
    }
    Ok(())
}

/// Waits for ever, without blocking a thread.
#[flow(timeout = "200ms")]
async fn asleep() {
    std::future::pending::<()>().await;
}

/// Blocks its thread the first time, as an `async fn` should not.
#[flow(timeout = "200ms", retries = 1)]
async fn spinning(file: String) -> std::io::Result<()> {
    if count(file)? == 1 {
        std::thread::sleep(Duration::from_secs(600));
    }
    Ok(())
}

/// Blocks its thread the first time.
#[flow(timeout = "200ms", retries = 1)]
fn stubborn(file: String) -> std::io::Result<()> {
    if count(file)? == 1 {
        std::thread::sleep(Duration::from_secs(600));
    }
    Ok(())
}

/// Blocks its thread.
#[flow(timeout = "200ms")]
fn stuck() {
    std::thread::sleep(Duration::from_secs(600));
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
