//! What `completions` and `man` print: the command line, as other programs read it.

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;
use longshore_spec::{Explain, suggest};

use crate::command_line::CommandLine;

/// There is no such page.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ManualError {
    #[error("there is no command `{name}`")]
    Unknown {
        name: String,
        nearest: Option<String>,
    },
    #[error("the page cannot be written")]
    Write(#[from] io::Error),
}

impl Explain for ManualError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown {
                nearest: Some(nearest),
                ..
            } => Some(format!("write `{nearest}`")),
            Self::Unknown { .. } => Some("`deploy --help` lists the commands".to_owned()),
            Self::Write(_) => None,
        }
    }
}

/// The script by which a shell completes the words of `deploy`.
pub(crate) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut CommandLine::command(), "deploy", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// The manual page of `deploy` or of one of its commands, in roff.
///
/// # Errors
/// There is no such command.
pub(crate) fn manual(command: Option<&str>) -> Result<String, ManualError> {
    let mut whole = CommandLine::command();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => {
            let found = whole.find_subcommand(name).cloned();
            let page = found.ok_or_else(|| {
                let names = whole.get_subcommands().map(clap::Command::get_name);
                ManualError::Unknown {
                    name: name.to_owned(),
                    nearest: suggest::nearest(name, names).map(str::to_owned),
                }
            })?;
            page.name(format!("deploy-{name}"))
        }
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff)?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}
