//! The messages of `cargo build --message-format=json`.

use std::io;
use std::path::PathBuf;

use serde::Deserialize;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};

use super::BuildError;
use crate::LinkedPackage;

/// Longest line of `cargo build` in bytes: one message, which names the files of one package.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// One message.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<MessageTarget>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MessageTarget {
    name: String,
    kind: Vec<String>,
}

/// Reads all messages and returns the path of the flow binary of a package.
///
/// # Errors
/// The messages cannot be read, or a line is too long.
pub(super) async fn find_executable(
    stdout: impl AsyncRead + Unpin,
    package: &LinkedPackage,
) -> Result<Option<PathBuf>, BuildError> {
    let mut stdout = BufReader::new(stdout);
    let mut executable = None;
    loop {
        let line = next_line(&mut stdout).await;
        let line = line.map_err(|source| BuildError::Read {
            package: package.name.to_owned(),
            source,
        })?;
        let Some(line) = line else {
            return Ok(executable);
        };
        // Build scripts may print lines of their own between cargo's.
        let Ok(message) = serde_json::from_slice::<Message>(&line) else {
            continue;
        };
        let is_program = message.target.is_some_and(|target| {
            target.name == package.binary && target.kind.iter().any(|kind| kind == "bin")
        });
        if message.reason == "compiler-artifact" && is_program {
            executable = message.executable.or(executable);
        }
    }
}

/// Returns the next line, `None` at the end.
async fn next_line(stdout: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut limited = stdout.take(LONGEST_LINE);
    limited.read_until(b'\n', &mut line).await?;
    if line.len() as u64 == LONGEST_LINE {
        let limit = LONGEST_LINE / (1024 * 1024);
        return Err(io::Error::other(format!(
            "a line has more than {limit} MiB"
        )));
    }
    Ok((!line.is_empty()).then_some(line))
}
