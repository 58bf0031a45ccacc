//! Child processes: a clean environment, their output line by line, and how they ended.

use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Nothing that a test waits for takes longer, a cold build on a busy machine included.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Variables that cargo, rustup and the compilers need.
const KEPT: [&str; 11] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "NO_PROXY",
    "PATH",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_FILE",
    "TMPDIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// Beginnings of those by which a registry is reached.
const KEPT_PREFIXES: [&str; 5] = [
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_SOURCE_",
];

/// Cargo's own folder, with the registry's packages.
pub(crate) fn cargo_home() -> PathBuf {
    home_of("CARGO_HOME", ".cargo")
}

fn home_of(variable: &str, folder: &str) -> PathBuf {
    env::var_os(variable).map_or_else(
        || env::home_dir().expect("a home folder").join(folder),
        PathBuf::from,
    )
}

/// A command with an environment in which nothing of the developer's shows.
pub(crate) fn command(program: &Path, folder: &Path, home: &Path) -> Command {
    let mut command = Command::new(program);
    let kept = env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        KEPT.contains(&name.as_ref()) || KEPT_PREFIXES.iter().any(|start| name.starts_with(start))
    });
    command
        .env_clear()
        .envs(kept)
        .env("HOME", home)
        .env("RUSTUP_HOME", home_of("RUSTUP_HOME", ".rustup"))
        .current_dir(folder)
        .stdin(Stdio::null());
    command
}

/// How a process ended, and all that it wrote.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Checks the exit code; the output is shown if it is another one.
    #[track_caller]
    pub(crate) fn code(self, expected: i32) -> Self {
        assert_eq!(self.status.code(), Some(expected), "{self}");
        self
    }

    /// Checks that stderr has all of these texts.
    #[track_caller]
    pub(crate) fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` is missing in {self}");
        }
        self
    }

    /// Checks that stdout has all of these texts.
    #[track_caller]
    pub(crate) fn prints(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.stdout.contains(text), "`{text}` is missing in {self}");
        }
        self
    }

    /// Checks that a text stands on stderr exactly once.
    #[track_caller]
    pub(crate) fn says_once(self, text: &str) -> Self {
        assert_eq!(
            self.stderr.matches(text).count(),
            1,
            "how often `{text}` is in {self}"
        );
        self
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{}\n---- stdout\n{}\n---- stderr\n{}",
            self.status, self.stdout, self.stderr
        )
    }
}

/// A process under way; it is killed if the test ends before it.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    seen: String,
    until: Instant,
}

/// Runs a command to its end, and all that it started: the pipes are read until nobody can write to them.
pub(crate) fn finish(command: &mut Command) -> Finished {
    Running::start(command).finish()
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = lines(child.stdout.take().expect("stdout is a pipe"));
        let stderr = lines(child.stderr.take().expect("stderr is a pipe"));
        Self {
            child,
            stdout,
            stderr,
            seen: String::new(),
            until: Instant::now() + TIME_LIMIT,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a line of stderr has this text.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> String {
        loop {
            let line = match next(&self.stderr, self.until) {
                Some(line) => line,
                None => panic!("it ended without saying `{text}`: {}", self.seen),
            };
            self.seen.push_str(&line);
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Ends the process at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
    }

    #[track_caller]
    pub(crate) fn finish(mut self) -> Finished {
        let mut stderr = std::mem::take(&mut self.seen);
        while let Some(line) = next(&self.stderr, self.until) {
            stderr.push_str(&line);
        }
        let mut stdout = String::new();
        while let Some(line) = next(&self.stdout, self.until) {
            stdout.push_str(&line);
        }
        Finished {
            status: self.child.wait().expect("the process can be waited for"),
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended, and been waited for, already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe as they come, with their ends.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|length| length > 0) {
            if sender.send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    receiver
}

#[track_caller]
fn next(lines: &Receiver<String>, until: Instant) -> Option<String> {
    match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("it has not ended after {TIME_LIMIT:?}"),
    }
}
