//! The command line of `deploy`.

mod files;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use longshore_prefect::StateType;
use longshore_spec::{EnvironmentName, StorageUrl, TimeSpan};

use crate::exit::Exit;
use crate::selection::Selection;
use crate::start_time::StartTime;

pub(crate) use files::{FileCommand, InitArguments, NewArguments};

/// Puts the annotated flows of this workspace onto a Prefect server.
#[derive(Debug, Parser)]
#[command(
    name = "deploy",
    version,
    after_help = after_help()
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    command: Option<AnyCommand>,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Of `apply`, where no command is named.
    #[command(flatten, next_help_heading = "Options of `apply`")]
    apply: ApplyArguments,
}

/// The text below the options.
fn after_help() -> String {
    let codes = Exit::ALL.map(|exit| format!("  {:<5}{}\n", exit.number(), exit.meaning()));
    format!(
        "Without a command, `apply` is run.\n\nExit codes:\n{}",
        codes.concat().trim_end()
    )
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum AnyCommand {
    #[command(flatten)]
    Flows(Command),
    #[command(flatten)]
    Files(FileCommand),
}

/// What is about the flows of this workspace.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Command {
    /// Build, store and register everything that is declared
    Apply(ApplyArguments),
    /// Show what `apply` would do; exit code 0: nothing, 1: error, 2: changes, 3: only deployments are left out
    Plan(PlanArguments),
    /// Check the declarations and show the next runs; needs neither server nor build
    Check(Choosing),
    /// List the declared deployments with what the server has of them
    List(ListArguments),
    /// Start a run of a deployment that is on the server
    Run(RunArguments),
    /// List runs, the latest first
    Runs(RunsArguments),
    /// Show what a run has logged
    Logs(LogsArguments),
    /// Run the flows on this machine, by schedule and as `run` asks, while it is running; needs no Prefect
    Serve(ServeArguments),
    /// List the versions of a deployment's program that the artifact store holds
    History(HistoryArguments),
    /// Point a deployment to another stored version of its program, after asking
    Rollback(RollbackArguments),
    /// Delete stored programs that no deployment and no unfinished run refers to, after asking
    Gc(CollectArguments),
    /// Delete all deployments of this workspace and environment from the server, after asking
    Destroy(DestroyArguments),
    /// Print what work pools need
    #[command(subcommand)]
    Pool(PoolCommand),
}

/// Commands about work pools.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum PoolCommand {
    /// Print the job template of a work pool as longshore.toml describes it; needs no server
    Template(TemplateArguments),
}

/// Of `pool template`.
#[derive(Debug, Clone, Args)]
pub(crate) struct TemplateArguments {
    /// Name of the work pool [default: the pool of `[defaults]` in longshore.toml]
    #[arg(value_name = "POOL")]
    pub(crate) pool: Option<String>,
    /// Print the template of the only pool of this type
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "pool")]
    pub(crate) kind: Option<String>,
}

/// Options of all commands.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Common {
    /// Environment of longshore.toml, such as `staging`, or `pr-123` if there is `[env."pr-*"]`
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) env: Option<EnvironmentName>,
    /// Form of what is printed on stdout
    #[arg(long, global = true, value_enum, default_value_t)]
    pub(crate) output: Output,
}

/// What a plan is made from and what it may do.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Planning {
    #[command(flatten)]
    pub(crate) choosing: Choosing,
    /// Cargo profile of the artifacts [default: dev on the embedded server, else release]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Build nothing; `apply` then takes the programs from `--artifacts`
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Folder with the programs of the flow packages, built before
    #[arg(long, value_name = "FOLDER", requires = "no_build")]
    pub(crate) artifacts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) storing: Storing,
    /// Make the container of the store if it does not exist
    #[arg(long)]
    pub(crate) create_storage: bool,
    /// Store artifacts in a folder of this machine though the server is on another one
    #[arg(long)]
    pub(crate) allow_local_store: bool,
    /// Create missing work pools
    #[arg(long)]
    pub(crate) create_pools: bool,
    /// Update the job templates of existing work pools that differ from longshore.toml
    #[arg(long)]
    pub(crate) update_pools: bool,
    /// Make queues though their names look like slips of existing ones
    #[arg(long)]
    pub(crate) create_queues: bool,
    /// Take over deployments of the same flow and name that were made by hand
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Deploy the version that a deployment was rolled back from; without it the deployment is left out
    #[arg(long)]
    pub(crate) undo_rollback: bool,
    /// Delete deployments of this workspace and environment that are no longer declared
    #[arg(long)]
    pub(crate) prune: bool,
    /// Largest share of this workspace's deployments that `--prune` may delete [default: 30]
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) prune_limit: Option<u8>,
}

/// Where artifacts are.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Storing {
    /// Store of the artifacts whose attribute names none: `az://container/prefix` or a folder [env: LONGSHORE_STORAGE]
    #[arg(long, value_name = "STORE")]
    pub(crate) storage: Option<StorageUrl>,
}

impl Planning {
    /// Whether there will be no programs to store.
    pub(crate) fn builds_nothing(&self) -> bool {
        self.no_build && self.artifacts.is_none()
    }
}

impl Command {
    /// The store that the command line names.
    pub(crate) fn storage(&self) -> Option<&StorageUrl> {
        let storing = match self {
            Self::Apply(arguments) => &arguments.planning.storing,
            Self::Plan(arguments) => &arguments.planning.storing,
            Self::History(arguments) => &arguments.storing,
            Self::Rollback(arguments) => &arguments.storing,
            Self::Gc(arguments) => &arguments.storing,
            Self::Check(_)
            | Self::List(_)
            | Self::Run(_)
            | Self::Runs(_)
            | Self::Logs(_)
            | Self::Serve(_)
            | Self::Pool(_)
            | Self::Destroy(_) => return None,
        };
        storing.storage.as_ref()
    }
}

/// Of `apply`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ApplyArguments {
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Do not ask before the first write to a server that a profile names
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Of `plan`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) planning: Planning,
    /// Show where the values of each deployment come from
    #[arg(long)]
    pub(crate) explain: bool,
}

/// Of commands that are about declared deployments.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Choosing {
    /// Only these deployments: `project/flow/deployment` as declared, with `*` and `?`
    #[arg(long, value_name = "PATTERN")]
    pub(crate) select: Option<Selection>,
    /// Leave out these deployments, by the same patterns; can be given several times
    #[arg(long, value_name = "PATTERN")]
    pub(crate) exclude: Vec<Selection>,
}

/// Of `list`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) choosing: Choosing,
    /// Ask no server: show what is declared alone
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Of `run`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunArguments {
    /// The deployment as declared: `flow/deployment`
    #[arg(value_name = "FLOW/DEPLOYMENT")]
    pub(crate) deployment: String,
    /// Value of a parameter; JSON for lists and objects; all others are the deployment's
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<(String, String)>,
    /// When it is due: `2026-11-21T18:00:00+01:00`, or `+10m` from now [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<StartTime>,
    /// Show states and logs until the run has ended; exit code 0 only if it completed
    #[arg(long)]
    pub(crate) watch: bool,
}

/// Of `runs`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RunsArguments {
    /// Only runs of this deployment, as declared [default: all of this workspace and environment]
    #[arg(value_name = "FLOW/DEPLOYMENT")]
    pub(crate) deployment: Option<String>,
    /// Only runs in these states, such as `failed,crashed`; without it runs that are not due yet are left out
    #[arg(
        long = "state",
        value_name = "STATE",
        value_parser = state(),
        ignore_case = true,
        value_delimiter = ','
    )]
    pub(crate) states: Vec<StateType>,
    /// How many at the most
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) limit: u16,
}

/// Of `logs`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogsArguments {
    /// Name or id of the run; the first letters of the id suffice
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// Go on until the run has ended, with its states
    #[arg(long)]
    pub(crate) follow: bool,
}

/// Of `serve`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArguments {
    /// How many runs at once [default: as many as the machine has processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) limit: Option<u16>,
}

/// Types of states as they are written on the command line.
const STATES: [(&str, StateType); 9] = [
    ("scheduled", StateType::Scheduled),
    ("pending", StateType::Pending),
    ("running", StateType::Running),
    ("completed", StateType::Completed),
    ("failed", StateType::Failed),
    ("cancelled", StateType::Cancelled),
    ("crashed", StateType::Crashed),
    ("paused", StateType::Paused),
    ("cancelling", StateType::Cancelling),
];

/// Reads one of them, in either case.
fn state() -> impl TypedValueParser<Value = StateType> {
    PossibleValuesParser::new(STATES.map(|(name, _)| name)).try_map(|text| {
        let known = STATES.iter();
        let mut known = known.filter(|(name, _)| name.eq_ignore_ascii_case(&text));
        known.next().map(|(_, kind)| *kind).ok_or("unknown state")
    })
}

/// Splits `name=value` at the first `=`.
fn parameter(text: &str) -> Result<(String, String), &'static str> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write `name=value`"),
    }
}

/// Of `history`.
#[derive(Debug, Clone, Args)]
pub(crate) struct HistoryArguments {
    /// The deployment as declared: `flow/deployment`
    #[arg(value_name = "FLOW/DEPLOYMENT")]
    pub(crate) deployment: String,
    #[command(flatten)]
    pub(crate) storing: Storing,
}

/// Of `rollback`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RollbackArguments {
    /// The deployment as declared: `flow/deployment`
    #[arg(value_name = "FLOW/DEPLOYMENT")]
    pub(crate) deployment: String,
    /// First digits of the version, as `history` shows it [default: the one stored before the deployed one]
    #[arg(long, value_name = "DIGEST")]
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) storing: Storing,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Of `gc`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CollectArguments {
    /// So many of the newest programs of each flow stay, whether they are used or not
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) keep: usize,
    /// Only programs that were stored so long ago
    #[arg(long, value_name = "TIME", default_value = "30d")]
    pub(crate) older_than: TimeSpan,
    #[command(flatten)]
    pub(crate) storing: Storing,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Of `destroy`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DestroyArguments {
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
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

impl CommandLine {
    /// Reads the words of a command line, the program's name first.
    ///
    /// # Errors
    /// They are no command line; also the request for help or the version.
    pub(crate) fn read(
        words: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Result<Self, clap::Error> {
        Self::try_parse_from(command_first(words.into_iter().map(Into::into).collect()))
    }

    /// The command that is meant, and the options of all commands.
    pub(crate) fn into_parts(self) -> (AnyCommand, Common) {
        let apply = || AnyCommand::Flows(Command::Apply(self.apply));
        (self.command.unwrap_or_else(apply), self.common)
    }
}

/// Puts the command before the options, so that it is the command that takes or refuses them.
fn command_first(mut words: Vec<OsString>) -> Vec<OsString> {
    let known = CommandLine::command();
    let takes_value = |option: &str| {
        known.get_arguments().any(|argument| {
            argument.get_long() == Some(option) && argument.get_action().takes_values()
        })
    };
    let mut index = 1;
    while let Some(word) = words.get(index).and_then(|word| word.to_str()) {
        match word.strip_prefix("--") {
            Some(option) => index += 1 + usize::from(takes_value(option)),
            None if word.starts_with('-') => index += 1,
            None => {
                let command = words.remove(index);
                words.insert(1, command);
                break;
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::error::ErrorKind;
    use longshore_fuzz::{Target, assert_no_panic};

    use super::*;

    fn read(words: &[&str]) -> Result<CommandLine, clap::Error> {
        CommandLine::read(["deploy"].iter().chain(words))
    }

    #[test]
    fn words_bear_mutated_input() {
        assert_no_panic(&[Target {
            name: "command lines",
            seeds: &[
                "plan --env staging --prune --output json",
                "run daily-report/eu --param region=\"NO1\" --param days=3 --at 2026-01-01T06:00:00Z",
                "logs 00000000-0000-0000-0000-000000000001 --follow --level error",
                "init acme --project finance",
            ],
            parse: &|text| {
                if let Err(error) = read(&text.split(' ').collect::<Vec<_>>()) {
                    let _ = error.render().to_string();
                }
            },
        }]);
    }

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn options_may_stand_before_and_after_the_command() {
        for words in [
            ["--output", "json", "--env", "plan", "--prune", "plan"],
            ["plan", "--output", "json", "--env", "plan", "--prune"],
            ["--env", "plan", "plan", "--output", "json", "--prune"],
        ] {
            let (command, common) = read(&words).unwrap().into_parts();
            let AnyCommand::Flows(Command::Plan(arguments)) = command else {
                panic!("{command:?}");
            };
            assert!(arguments.planning.prune);
            assert_eq!(common.output, Output::Json);
            assert_eq!(common.env.unwrap().as_str(), "plan");
        }
    }

    #[test]
    fn apply_needs_no_name() {
        let (command, _) = read(&["--prune"]).unwrap().into_parts();
        let AnyCommand::Flows(Command::Apply(arguments)) = command else {
            panic!("{command:?}");
        };
        assert!(arguments.planning.prune);
    }

    #[test]
    fn an_option_that_a_command_has_no_use_for_is_refused() {
        for words in [
            ["destroy", "--select=a"],
            ["check", "--prune"],
            ["list", "--yes"],
            ["apply", "--explain"],
            ["--prune", "destroy"],
        ] {
            let error = read(&words).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownArgument, "{words:?}");
        }
    }

    #[test]
    fn bad_values_are_explained() {
        for (words, expected) in [
            (
                ["runs", "--state=late"],
                "possible values: scheduled, pending",
            ),
            (["runs", "--limit=0"], "1..=1000"),
            (["--select", "a//b"], "project/flow/deployment"),
            (
                ["--env", "pr/1"],
                "the environment `pr/1` has `/` at position 3",
            ),
            (["--env", "default"], "`default` stands for no environment"),
        ] {
            let error = read(&words).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
