//! Flows that write to their log, for the tests of the engine.

use std::path::Path;
use std::time::Duration;

use longshore::{flow, task};
use tracing::Instrument;

/// Writes lines of every level, with fields and spans.
#[flow]
async fn talk() {
    tracing::trace!("traced");
    tracing::debug!("debugged");
    tracing::info!(rows = 3, name = "a b", "informed");
    tracing::warn!("warned");
    log::warn!(target: "library", "of a library");
    let page = tracing::info_span!("page", number = 7, rows = tracing::field::Empty);
    async {
        tracing::Span::current().record("rows", 5);
        let part = tracing::info_span!("part");
        tracing::error!(parent: &part, "broke");
    }
    .instrument(page)
    .await;
    let elsewhere = std::thread::spawn(|| tracing::info!("from another thread"));
    elsewhere.join().expect("the thread");
    tracing::info!("a zero\0byte");
}

/// Writes so many lines.
#[flow]
fn count(lines: u32) {
    for line in 0..lines {
        tracing::info!("line {line}");
    }
}

/// Writes a line and panics.
#[flow]
async fn break_down() {
    tracing::info!("the last line");
    panic!("all is lost");
}

/// Writes a line, tells so by a file, waits for another file, and writes more.
#[flow]
async fn across(begun: String, go: String, #[param(default = 1)] lines: u32) {
    tracing::info!("before");
    std::fs::write(begun, "").expect("a file");
    while !Path::new(&go).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for line in 0..lines {
        tracing::info!("after {line}");
    }
}

/// Tells so by a file, and cleans up when it is asked to end.
#[flow(retries = 1)]
async fn tidy(begun: String) {
    std::fs::write(begun, "").expect("a file");
    longshore::cancelled().await;
    tracing::info!("cleaned up");
}

/// Tells so by a file, and writes a line in each of many tasks.
#[flow]
async fn busy(begun: String, #[param(default = false)] blocks: bool) {
    std::fs::write(begun, "").expect("a file");
    for number in 0.. {
        if blocks {
            std::thread::sleep(Duration::from_millis(10));
        }
        tick(number).await;
    }
}

#[task]
async fn tick(number: u32) {
    tracing::info!("tick {number}");
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// Tells so by a file, and blocks its thread.
#[flow]
fn hang(begun: String) {
    std::fs::write(begun, "").expect("a file");
    loop {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Adds a line to the file, and waits for a second one.
#[flow]
async fn twice(file: String) {
    let lines = std::fs::read_to_string(&file).unwrap_or_default();
    std::fs::write(&file, format!("{lines}begun\n")).expect("a file");
    if lines.is_empty() {
        std::future::pending::<()>().await;
    }
}

/// Fails, and waits for long.
#[flow(retries = 1, retry_delay = "1h")]
async fn wait_for_long() -> std::io::Result<()> {
    Err(std::io::Error::other("too early"))
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
