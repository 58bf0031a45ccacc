//! Output of child processes, up to a limit: it is kept in memory, and a child can print without an end.

use std::io;
use std::process::{Output, Stdio};

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// Largest output in bytes on stdout and on stderr: `cargo metadata` prints a few kilobytes per package and `describe`
/// per deployment, so that this is enough for thousands.
pub(super) const LARGEST: u64 = 64 * 1024 * 1024;

/// Failure to read the output of a child process.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputError {
    #[error("cannot start the process or read its output")]
    Process(#[from] io::Error),
    #[error("the process printed more than {} MiB", LARGEST / (1024 * 1024))]
    TooLarge,
}

/// Runs a process to its end and returns its output; a process that prints more than [`LARGEST`] is killed.
///
/// # Errors
/// The process cannot be started, its output cannot be read, or is too large.
pub(super) async fn output(command: &mut Command) -> Result<Output, OutputError> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (stdout, stderr, status) = tokio::try_join!(read(stdout), read(stderr), async {
        Ok(child.wait().await?)
    })?;
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

async fn read(pipe: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, OutputError> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(LARGEST + 1).read_to_end(&mut bytes).await?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(OutputError::TooLarge);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn both_pipes_and_the_status_are_returned() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let output = output(&mut command).await.unwrap();
        assert_eq!(
            (output.stdout.as_slice(), output.stderr.as_slice()),
            (b"out\n".as_slice(), b"err\n".as_slice())
        );
        assert_eq!(output.status.code(), Some(3));
    }

    #[tokio::test]
    async fn a_process_that_prints_without_an_end_is_killed() {
        for script in ["exec cat /dev/zero", "exec cat /dev/zero >&2"] {
            let mut command = Command::new("sh");
            let output = output(command.args(["-c", script])).await;
            assert!(matches!(output, Err(OutputError::TooLarge)), "{script}");
        }
    }
}
