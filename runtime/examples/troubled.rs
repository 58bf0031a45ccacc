//! Flows whose errors, logs and arguments are hard to show or to store: `cargo run -p longshore --example troubled -- unshowable`

use std::fmt;

use longshore::{flow, task};

/// Fails with an error that cannot be shown.
#[flow]
fn unshowable(
    /// What panics: `display`, `source`, or `drop`.
    how: String,
) -> Result<(), Unshowable> {
    Err(Unshowable { how })
}

/// Runs a task whose error cannot be shown, and goes on.
#[flow]
async fn unshowable_task() {
    let failed = fail().await;
    tracing::info!("the task has failed: {}", failed.is_err());
    std::mem::forget(failed);
}

#[task]
async fn fail() -> Result<(), Unshowable> {
    Err(Unshowable {
        how: "display".to_owned(),
    })
}

/// Fails with a text.
#[flow]
fn failing(
    /// The text.
    text: String,
    /// How often it is repeated.
    #[param(default = 1)]
    times: u32,
    /// Ends the text with a NUL, which the database of a server may not take as a parameter.
    #[param(default = false)]
    nul: bool,
) -> Result<(), Text> {
    let end = if nul { "\0" } else { "" };
    let text = text.repeat(times.try_into().unwrap_or_default());
    Err(Text(text + end))
}

/// Runs a task that fails with a long text.
#[flow]
async fn failing_task(
    /// How long the text is.
    length: u32,
) {
    let failed = fail_at_length(length).await;
    tracing::info!("the task has failed: {}", failed.is_err());
}

#[task]
async fn fail_at_length(length: u32) -> Result<(), Text> {
    Err(Text("\u{1}".repeat(length.try_into().unwrap_or_default())))
}

/// Writes lines, some of which a server may refuse.
#[flow]
fn lines(
    /// The lines.
    texts: Vec<String>,
) {
    for text in texts {
        tracing::info!("{text}");
    }
}

/// Ends the process in place of its run.
#[flow]
async fn exiting(
    /// On a thread of the runtime (`async`), on one for plain functions (`thread`), or on one of its own (`other`).
    how: String,
) {
    tracing::info!("before");
    match how.as_str() {
        "thread" => exit().await,
        "other" => {
            let ended = std::thread::spawn(|| std::process::exit(0)).join();
            tracing::info!("{ended:?}");
        }
        _ => std::process::exit(0),
    }
}

#[task]
fn exit() {
    std::process::exit(0)
}

/// Starts a process that starts others, which nobody waits for, and returns.
#[flow]
async fn leaving(
    /// A line of a shell.
    line: String,
    /// Runs on until it is cancelled.
    #[param(default = false)]
    stays: bool,
) -> std::io::Result<()> {
    let status = std::process::Command::new("sh")
        .args(["-c", &line])
        .status()?;
    tracing::info!("{status}");
    if stays {
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// Sets up what Longshore has set up, or must leave alone.
#[flow]
fn setting_up(
    /// `provider` of rustls, or `subscriber` or `fmt` of tracing.
    what: String,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    match what.as_str() {
        "provider" => rustls::crypto::ring::default_provider()
            .install_default()
            .map_err(|_| "another provider is installed")?,
        "subscriber" => {
            tracing::subscriber::set_global_default(tracing::subscriber::NoSubscriber::new())?;
        }
        _ => tracing_subscriber::fmt().init(),
    }
    Ok(())
}

/// Has parameters whose names begin with underscores.
#[flow]
fn unused(
    /// Not used.
    _region: Option<String>,
    /// Not used either.
    _help: Option<String>,
    /// With two of them.
    #[param(default = 2)]
    __days: u32,
) {
    tracing::info!("{_region:?} {_help:?} {__days}");
}

#[derive(Debug)]
struct Text(String);

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Text {}

#[derive(Debug)]
struct Unshowable {
    how: String,
}

impl fmt::Display for Unshowable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert_ne!(self.how, "display", "no text");
        f.write_str("shown")
    }
}

impl std::error::Error for Unshowable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        assert_ne!(self.how, "source", "no source");
        None
    }
}

impl Drop for Unshowable {
    fn drop(&mut self) {
        assert!(self.how != "drop" || std::thread::panicking(), "no end");
    }
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
