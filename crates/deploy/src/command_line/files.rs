//! Commands that ask no server and need no runtime.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::Shell;

/// What is about files and words alone.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum FileCommand {
    /// Write a new flow crate and link it; on a terminal it asks for what is not given
    New(NewArguments),
    /// Write a new workspace with one flow, into an empty folder
    Init(InitArguments),
    /// Print what a shell needs to complete the words of `deploy`
    Completions(CompletionsArguments),
    /// Print a manual page, as `man` reads it
    Man(ManArguments),
}

/// Of `new`.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct NewArguments {
    /// Project and flow: `finance/daily_report` is the crate `projects/finance/daily_report`
    #[arg(value_name = "PROJECT/FLOW")]
    pub(crate) place: Option<String>,
    /// Name of its deployment [default: main]
    #[arg(long, value_name = "NAME")]
    pub(crate) deployment: Option<String>,
    /// When it runs: cron (`0 6 * * MON-FRI`), time span (`15m`) or rule (`FREQ=MONTHLY;BYDAY=-1FR`) [default: on demand]
    #[arg(long, value_name = "SCHEDULE")]
    pub(crate) schedule: Option<String>,
    /// Time zone of the schedule, such as `Europe/Oslo` [default: UTC]
    #[arg(long, value_name = "ZONE")]
    pub(crate) timezone: Option<String>,
    /// Work queue [default: that of longshore.toml]
    #[arg(long, value_name = "NAME")]
    pub(crate) queue: Option<String>,
    /// Container image [default: that of longshore.toml]
    #[arg(long, value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// A parameter and its default, such as `days: u32 = 7` or `region: String`; may be given several times
    #[arg(long = "param", value_name = "NAME: TYPE = VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Ask nothing, on a terminal either
    #[arg(long)]
    pub(crate) defaults: bool,
}

/// Of `init`.
#[derive(Debug, Clone, Args)]
pub(crate) struct InitArguments {
    /// Folder of the workspace; it is made if it does not exist
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub(crate) folder: PathBuf,
    /// Name of the workspace, part of the tag on its deployments [default: that of the folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The first flow
    #[arg(long, value_name = "PROJECT/FLOW", default_value = "demo/hello")]
    pub(crate) flow: String,
    /// Also write the manifests of a Kubernetes worker, and a work pool for it
    #[arg(long)]
    pub(crate) kubernetes: bool,
    /// Take Longshore from this checkout [default: the one that this program was built from, if it is still there]
    #[arg(long, value_name = "FOLDER", group = "sources")]
    pub(crate) longshore_path: Option<PathBuf>,
    /// Take Longshore from a Git repository
    #[arg(long, value_name = "URL", group = "sources")]
    pub(crate) longshore_git: Option<String>,
    /// Take Longshore from the registry, once it is published there
    #[arg(long, value_name = "VERSION", group = "sources")]
    pub(crate) longshore_version: Option<String>,
}

/// Of `completions`.
#[derive(Debug, Clone, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell that is to read it
    pub(crate) shell: Shell,
}

/// Of `man`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ManArguments {
    /// The page of this command [default: that of `deploy` itself]
    pub(crate) command: Option<String>,
}
