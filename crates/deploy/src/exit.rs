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
    /// All was done, except for deployments that were left out; the reason was printed.
    LeftOut,
    /// Ctrl-C; shells add 128 to the signal's number.
    Interrupted,
    /// SIGTERM, as a CI system cancels a job.
    Terminated,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 6] = [
        Self::Done,
        Self::Failed,
        Self::Changes,
        Self::LeftOut,
        Self::Interrupted,
        Self::Terminated,
    ];

    /// The meaning of the number, as the documentation of the command line has it.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or nothing to do",
            Self::Failed => "error; the reason is on stderr",
            Self::Changes => "`plan` found changes",
            Self::LeftOut => {
                "`apply`: all is done, except for deployments that are left out, because they were rolled back from the \
                 version that is built; `plan`: the same, and nothing else would change"
            }
            Self::Interrupted => "interrupted by SIGINT (Ctrl-C)",
            Self::Terminated => "ended by SIGTERM",
        }
    }

    /// The number that the shell sees.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::LeftOut => 3,
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
