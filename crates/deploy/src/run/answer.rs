//! Questions on the terminal.

use std::io::{self, BufRead as _, IsTerminal as _};

use longshore_spec::Explain;

use crate::report::tell;

/// Nobody has agreed, so that nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("there is no terminal to ask on whether to {what}")]
    NoTerminal { what: String },
    #[error("the answer is not `yes`; nothing was changed")]
    NotConfirmed,
    #[error("the answer cannot be read; nothing was changed")]
    Read(#[source] io::Error),
}

impl Explain for AnswerError {
    fn help(&self) -> Option<String> {
        match self {
            Self::NoTerminal { .. } => Some("if that is meant, give `--yes`".to_owned()),
            Self::NotConfirmed | Self::Read(_) => None,
        }
    }
}

/// Asks whether to do `what`.
///
/// # Errors
/// The answer is not `yes`, or there is nobody to give one.
pub(super) async fn agree(what: &str) -> Result<(), AnswerError> {
    if !can_ask() {
        return Err(AnswerError::NoTerminal {
            what: what.to_owned(),
        });
    }
    tell(&format!("type `yes` to {what}:"));
    match read_answer().await {
        Ok(answer) if answer == "yes" => Ok(()),
        Ok(_) => Err(AnswerError::NotConfirmed),
        Err(error) => Err(AnswerError::Read(error)),
    }
}

/// Whether somebody may be there to answer.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// The next line without outer blanks; empty at the end of the input.
///
/// # Errors
/// The input cannot be read.
pub(super) async fn read_answer() -> io::Result<String> {
    // Reading blocks; Ctrl-C must be seen meanwhile.
    let reading = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.map(|_| answer.trim().to_owned())
    });
    reading
        .await
        .unwrap_or_else(|ended| Err(io::Error::other(ended)))
}
