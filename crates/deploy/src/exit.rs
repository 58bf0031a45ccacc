//! What the program's exit code says.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All was done, or there was nothing to do.
    Done,
    /// The user must act; the reason was printed.
    Failed,
    /// `plan` found changes.
    Changes,
    /// Ctrl-C; shells add 128 to the signal's number.
    Interrupted,
    /// SIGTERM, as a CI system cancels a job.
    Terminated,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
