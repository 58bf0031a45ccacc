//! Builds flow packages, each by a cargo call of its own.
//!
//! One call for several packages would unify their features, so that a flow's program would depend
//! on which other flows are built.

mod messages;

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use longshore_spec::Explain;
use serde::Deserialize;
use tokio::process::{Child, Command};

use self::messages::find_executable;
use super::environment::{Environment, before_cargo};
use super::flags::{Flags, Remapped, configuration_files};
use super::output::{self, OutputError};
use crate::LinkedPackage;

/// Folder in the target folder whose builds have our flags, so that the user's own stay fresh.
const OWN_TARGET: &str = "longshore";

/// A program could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error("cannot start `{program}`")]
    Start { program: String, source: io::Error },
    #[error("`{call}` failed: {message}")]
    Ask { call: &'static str, message: String },
    #[error("`{call}` printed more than {} MiB", output::LARGEST / (1024 * 1024))]
    TooLarge { call: &'static str },
    #[error("`{call}` answered something unexpected")]
    Answer {
        call: &'static str,
        source: serde_json::Error,
    },
    #[error("the answer of `{call}` has no `{part}`")]
    Incomplete {
        call: &'static str,
        part: &'static str,
    },
    #[error("cannot read what cargo says while it builds `{package}`")]
    Read { package: String, source: io::Error },
    #[error("the package `{package}` is not in the workspace")]
    NotInWorkspace { package: String },
    #[error("the package `{package}` does not build: cargo ended with {status}")]
    Failed { package: String, status: ExitStatus },
    #[error("cargo built no program `{binary}` in the package `{package}`")]
    NoProgram { package: String, binary: String },
}

impl Explain for BuildError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Start { .. } => Some("install Rust, or put cargo on the PATH".to_owned()),
            Self::NotInWorkspace { .. } => {
                Some("run `cargo run --bin deploy` again, which rebuilds the list".to_owned())
            }
            Self::Failed { .. } => {
                Some("cargo's own errors are above; nothing was registered".to_owned())
            }
            _ => None,
        }
    }
}

/// How the programs are compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BuildOptions {
    /// Cargo profile, such as `dev` or `release`.
    pub(crate) profile: String,
    /// Target triple; `None` for the host's.
    pub(crate) target: Option<String>,
    /// Whether the C library is linked into the programs, which then run in any image.
    pub(crate) is_static: bool,
}

/// Flags that link the C library into a program.
const STATIC: [&str; 2] = ["-C", "target-feature=+crt-static"];

/// Cargo, as it is called for the packages of one workspace.
pub(crate) struct Cargo {
    program: OsString,
    root: PathBuf,
    environment: Environment,
    remapped: Remapped,
    /// Files in which the user may have set flags.
    configuration: Vec<PathBuf>,
    target_folder: PathBuf,
    host: String,
    packages: Vec<Package>,
}

/// What `cargo metadata` answers, as far as it is needed.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
}

impl Cargo {
    /// Asks cargo and rustc about the workspace at `root`.
    ///
    /// # Errors
    /// Cargo or rustc cannot be started or answers something unexpected.
    pub(crate) async fn for_workspace(root: &Path) -> Result<Self, BuildError> {
        Self::with_environment(root, env::vars_os().collect()).await
    }

    async fn with_environment(root: &Path, inherited: Environment) -> Result<Self, BuildError> {
        let variable = |name: &str, default: &str| {
            let value = inherited.get(OsString::from(name).as_os_str());
            value.cloned().unwrap_or_else(|| default.into())
        };
        let program = variable("CARGO", "cargo");
        let rustc = variable("RUSTC", "rustc");
        let metadata = metadata(&program, root, before_cargo(inherited.clone(), &[])).await?;
        let sysroot = PathBuf::from(
            ask(
                &rustc,
                root,
                &["--print", "sysroot"],
                "rustc --print sysroot",
            )
            .await?
            .trim(),
        );
        let version = ask(&rustc, root, &["-vV"], "rustc -vV").await?;
        let part = |part: &'static str| {
            let line = version.lines().find_map(|line| line.strip_prefix(part));
            line.map(str::trim).ok_or(BuildError::Incomplete {
                call: "rustc -vV",
                part,
            })
        };
        let host = part("host:")?.to_owned();
        let cargo_home = cargo_home(&inherited, root);
        let target_folder = metadata.target_directory.join(OWN_TARGET);
        let remapped = Remapped::new(&[
            (root.to_owned(), "/workspace".to_owned()),
            (cargo_home.clone(), "/cargo".to_owned()),
            (target_folder.clone(), "/target".to_owned()),
            // Where the standard library's sources are installed, rustc shows them there.
            (
                sysroot.join("lib/rustlib/src/rust"),
                format!("/rustc/{}", part("commit-hash:")?),
            ),
        ]);
        let environment = before_cargo(inherited, &[metadata.target_directory, sysroot]);
        let environment = if host.ends_with("-msvc") {
            environment
        } else {
            remapped.with_c_flags(environment)
        };
        Ok(Self {
            program,
            root: root.to_owned(),
            environment,
            remapped,
            configuration: configuration_files(root, &cargo_home),
            target_folder,
            host,
            packages: metadata.packages,
        })
    }

    /// The triple that the options mean.
    pub(crate) fn triple<'a>(&'a self, options: &'a BuildOptions) -> &'a str {
        options.target.as_deref().unwrap_or(&self.host)
    }

    /// Version of a package of the workspace.
    pub(crate) fn version(&self, package: &str) -> Option<&str> {
        let found = self.packages.iter().find(|found| found.name == package)?;
        Some(&found.version)
    }

    /// Builds the program of a package; cargo's own messages go to stderr.
    ///
    /// # Errors
    /// Cargo cannot be started, the package does not compile, or it has no such program.
    pub(crate) async fn build(
        &self,
        package: &LinkedPackage,
        options: &BuildOptions,
    ) -> Result<PathBuf, BuildError> {
        let mut command = self.command(package, options)?;
        let mut running = Running::start(&mut command, &self.program)?;
        let mut executable = None;
        if let Some(stdout) = running.child.stdout.take() {
            executable = find_executable(stdout, package).await?;
        }
        let status = running.wait().await.map_err(|source| BuildError::Read {
            package: package.name.to_owned(),
            source,
        })?;
        if !status.success() {
            return Err(BuildError::Failed {
                package: package.name.to_owned(),
                status,
            });
        }
        executable.ok_or_else(|| BuildError::NoProgram {
            package: package.name.to_owned(),
            binary: package.binary.to_owned(),
        })
    }

    fn command(
        &self,
        package: &LinkedPackage,
        options: &BuildOptions,
    ) -> Result<Command, BuildError> {
        let found = self
            .packages
            .iter()
            .find(|found| found.name == package.name);
        let id = found.ok_or_else(|| BuildError::NotInWorkspace {
            package: package.name.to_owned(),
        })?;
        let mut command = command(&self.program, &self.root, &self.environment);
        command
            .args([
                "build",
                "--locked",
                "--message-format=json-render-diagnostics",
            ])
            .args(["--package", &id.id, "--bin", package.binary])
            .args(["--profile", &options.profile, "--target-dir"])
            .arg(&self.target_folder)
            .env("CARGO_INCREMENTAL", "0")
            .stdout(Stdio::piped());
        // With a target the flags are not those of build scripts and macros, which cannot be linked statically.
        if options.target.is_some() || options.is_static {
            command.args(["--target", self.triple(options)]);
        }
        let further: &[&str] = if options.is_static { &STATIC } else { &[] };
        match self
            .remapped
            .placed(further, &self.environment, &self.configuration)
        {
            Flags::Encoded(flags) => command.env("CARGO_ENCODED_RUSTFLAGS", flags),
            Flags::Config(line) => command.arg("--config").arg(line),
        };
        Ok(command)
    }
}

fn command(program: &OsString, root: &Path, environment: &Environment) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(root)
        .env_clear()
        .envs(environment)
        .stdin(Stdio::null());
    command
}

async fn metadata(
    program: &OsString,
    root: &Path,
    environment: Environment,
) -> Result<Metadata, BuildError> {
    const CALL: &str = "cargo metadata";
    let arguments = ["metadata", "--no-deps", "--format-version=1", "--quiet"];
    let mut command = command(program, root, &environment);
    let answer = output(command.args(arguments), CALL).await?;
    serde_json::from_str(&answer).map_err(|source| BuildError::Answer { call: CALL, source })
}

async fn ask(
    program: &OsString,
    root: &Path,
    arguments: &[&str],
    call: &'static str,
) -> Result<String, BuildError> {
    let mut command = Command::new(program);
    output(command.args(arguments).current_dir(root), call).await
}

async fn output(command: &mut Command, call: &'static str) -> Result<String, BuildError> {
    let output = output::output(command).await.map_err(|error| match error {
        OutputError::Process(source) => BuildError::Start {
            program: call.to_owned(),
            source,
        },
        OutputError::TooLarge => BuildError::TooLarge { call },
    })?;
    if !output.status.success() {
        let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(BuildError::Ask { call, message });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Cargo's own folder: `CARGO_HOME`, else `.cargo` in the user's home.
fn cargo_home(environment: &Environment, root: &Path) -> PathBuf {
    match environment.get(OsString::from("CARGO_HOME").as_os_str()) {
        Some(folder) => root.join(folder),
        None => env::home_dir().unwrap_or_default().join(".cargo"),
    }
}

/// A cargo that is running, with its compilers; it is ended if this value goes away before.
struct Running {
    child: Child,
}

impl Running {
    fn start(command: &mut Command, program: &OsString) -> Result<Self, BuildError> {
        // A group of its own, so that the compilers can be ended together with cargo.
        #[cfg(unix)]
        command.process_group(0);
        let child = command.kill_on_drop(true).spawn();
        child
            .map(|child| Self { child })
            .map_err(|source| BuildError::Start {
                program: program.to_string_lossy().into_owned(),
                source,
            })
    }

    async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }
}

#[cfg(unix)]
impl Drop for Running {
    fn drop(&mut self) {
        // An id is only known while the process has not been waited for, so it is still ours.
        let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) else {
            return;
        };
        if let Some(group) = rustix::process::Pid::from_raw(id) {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::TERM);
        }
    }
}

#[cfg(test)]
mod tests;
