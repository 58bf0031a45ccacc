//! Commands that run one after another while other streams run, each with its whole output.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use longshore_rig::RigError;

use super::tally::Tally;
use crate::command::Error;

/// Commands under way.
pub(super) struct Stream {
    thread: JoinHandle<Result<(Tally, String), RigError>>,
}

impl Stream {
    /// Starts commands whose output is printed as it comes.
    pub(super) fn start(commands: Vec<Command>, install: &'static str) -> Self {
        Self {
            thread: thread::spawn(move || {
                let tally = run(commands, install, &say)?;
                Ok((tally, String::new()))
            }),
        }
    }

    /// Starts commands whose output [`Stream::finish`] prints, so that it does not mix with that of another stream.
    pub(super) fn start_quiet(commands: Vec<Command>, install: &'static str) -> Self {
        let kept = move || {
            let output = Mutex::new(String::new());
            let tally = run(commands, install, &|line: &str| {
                let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
                output.push_str(line);
                output.push('\n');
            })?;
            let output = output.into_inner();
            Ok((tally, output.unwrap_or_else(PoisonError::into_inner)))
        };
        Self {
            thread: thread::spawn(kept),
        }
    }

    /// Waits for the end and prints what was kept back.
    ///
    /// # Errors
    /// A command does not start.
    pub(super) fn finish(self) -> Result<Tally, Error> {
        let (tally, output) = match self.thread.join() {
            Ok(ended) => ended?,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        if !output.is_empty() {
            say(output.trim_end());
        }
        Ok(tally)
    }
}

/// Runs all commands, also after one that fails.
fn run(
    commands: Vec<Command>,
    install: &'static str,
    line: &(impl Fn(&str) + Sync),
) -> Result<Tally, RigError> {
    let tally = Mutex::new(Tally::default());
    for mut command in commands {
        let name = shown(&command);
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| RigError::Missing {
                program: command.get_program().to_string_lossy().into_owned(),
                install,
                source,
            })?;
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            scope.spawn(|| read(errors, line));
            read(output, &|text: &str| {
                tally
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .read(text);
                line(text);
            });
        });
        if !child.wait().is_ok_and(|status| status.success()) {
            tally
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .fail(name);
        }
    }
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Passes on each line of a pipe; bytes that are not UTF-8 do not end it.
fn read(pipe: Option<impl Read>, line: &impl Fn(&str)) {
    let Some(pipe) = pipe else { return };
    let mut pipe = BufReader::new(pipe);
    let mut bytes = Vec::new();
    while pipe
        .read_until(b'\n', &mut bytes)
        .is_ok_and(|length| length > 0)
    {
        line(String::from_utf8_lossy(&bytes).trim_end_matches('\n'));
        bytes.clear();
    }
}

fn shown(command: &Command) -> String {
    let arguments = command.get_args().map(OsStr::to_string_lossy);
    let program = command.get_program().to_string_lossy();
    std::iter::once(program)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_ends_neither_its_own_stream_nor_another() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        // Each opens an end of the pipe, which waits for the other: they run at the same time, or never end.
        let pipe = pipe.display();
        let quiet = Stream::start_quiet(
            vec![
                shell(&format!(
                    "echo met > '{pipe}'; echo 'test result: FAILED. 1 passed; 1 failed;'; exit 101"
                )),
                shell("echo 'test result: ok. 2 passed; 0 failed;'; printf '\\377' >&2"),
            ],
            "",
        );
        let other = Stream::start(
            vec![shell(&format!(
                "cat '{pipe}'; echo 'test result: ok. 4 passed; 0 failed;'"
            ))],
            "",
        );
        let tally = other.finish().unwrap().and(quiet.finish().unwrap());
        assert_eq!(tally.summary(), "7 passed, 1 failed");
        let error = tally.into_result().unwrap_err().to_string();
        assert!(error.contains("sh -c echo met"), "{error}");
        assert_eq!(error.matches("sh -c").count(), 1, "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_with_a_remedy() {
        let missing = vec![Command::new("longshore-has-no-such-program")];
        let error = Stream::start(missing, "install it").finish().unwrap_err();
        assert!(error.to_string().contains("install it"), "{error}");
    }
}
