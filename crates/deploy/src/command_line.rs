//! The command line of `deploy`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::selection::Selection;

/// Puts the annotated flows of this workspace onto a Prefect server.
#[derive(Debug, Parser)]
#[command(
    name = "deploy",
    version,
    after_help = "Without a command, `apply` is run."
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Subcommand)]
pub(crate) enum Command {
    /// Build, store and register everything that is declared
    #[default]
    Apply,
    /// Show what `apply` would do; exit code 0: nothing, 2: changes, 1: error
    Plan,
    /// Check the declarations and show the next runs; needs neither server nor build
    Check,
    /// List the declared deployments
    List,
    /// Delete all deployments of this workspace from the server, after asking
    Destroy,
}

/// Options of all commands.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Options {
    /// Only these deployments: `project/flow/deployment`, with `*` and `?`
    #[arg(long, global = true, value_name = "PATTERN")]
    pub(crate) select: Option<Selection>,
    /// Cargo profile of the artifacts [default: dev on the embedded server, else release]
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Build nothing; `apply` then takes the programs from `--artifacts`
    #[arg(long, global = true)]
    pub(crate) no_build: bool,
    /// Folder with the programs of the flow packages, built before
    #[arg(long, global = true, value_name = "FOLDER", requires = "no_build")]
    pub(crate) artifacts: Option<PathBuf>,
    /// Make work pools that are missing
    #[arg(long, global = true)]
    pub(crate) create_pools: bool,
    /// Make queues though their names look like slips of existing ones
    #[arg(long, global = true)]
    pub(crate) create_queues: bool,
    /// Take over deployments of the same flow and name that were made by hand
    #[arg(long, global = true)]
    pub(crate) adopt: bool,
    /// Delete deployments of this workspace that are no longer declared (`apply`, `plan`)
    #[arg(long, global = true)]
    pub(crate) prune: bool,
    /// Largest share of this workspace's deployments that `--prune` may delete [default: 30]
    #[arg(long, global = true, value_name = "PERCENT", requires = "prune", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) prune_limit: Option<u8>,
    /// Do not ask before `destroy`
    #[arg(long, global = true)]
    pub(crate) yes: bool,
    /// Form of what is printed on stdout
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// Form of what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// Text for people
    #[default]
    Text,
    /// JSON for programs
    Json,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_and_after_the_command() {
        for arguments in [
            ["deploy", "--output", "json", "plan"],
            ["deploy", "plan", "--output", "json"],
        ] {
            let parsed = CommandLine::try_parse_from(arguments).unwrap();
            assert_eq!(parsed.command, Some(Command::Plan));
            assert_eq!(parsed.options.output, Output::Json);
        }
        let parsed = CommandLine::try_parse_from(["deploy"]).unwrap();
        assert_eq!(parsed.command.unwrap_or_default(), Command::Apply);
    }

    #[test]
    fn a_bad_pattern_is_explained() {
        let error = CommandLine::try_parse_from(["deploy", "--select", "a//b"]).unwrap_err();
        assert!(
            error.to_string().contains("project/flow/deployment"),
            "{error}"
        );
    }
}
