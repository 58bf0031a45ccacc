//! `longshore.toml`: the workspace's name, defaults, pools and environments.

mod environment;
mod pools;
mod read;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use longshore_spec::{
    EnvironmentName, Explain, ImageReference, StorageUrl, StorageUrlError, WorkPoolName,
    WorkQueueName,
};
use longshore_storage::{AccessOptions, ManagedIdentity};

use crate::error::Failure;
use environment::EnvironmentSection;
use pools::Pool;
use read::{Problems, Section};

pub(crate) use environment::{Environment, EnvironmentError};
pub(crate) use pools::Kubernetes;
pub(crate) use settings::{ATTRIBUTE, Setting};

/// Name of the file.
pub(crate) const FILE: &str = "longshore.toml";

/// Variable that names the artifact store where neither an attribute nor the command line does.
pub(crate) const STORAGE_VARIABLE: &str = "LONGSHORE_STORAGE";

/// Stands for the machine's own identity in `[azure]`.
const SYSTEM_ASSIGNED: &str = "system";

/// Whether a workspace's name may have this character.
pub(crate) fn is_of_workspace_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_.".contains(letter)
}

/// Takes the place of the environment's name in the tag where there is none.
const NO_ENVIRONMENT: &str = "default";

/// What `longshore.toml` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    /// Name of the workspace; part of the owner's tag.
    pub(crate) workspace: String,
    pub(crate) defaults: Defaults,
    /// Target triple of the artifacts; `None` for the host's.
    pub(crate) target: Option<String>,
    /// Whether the artifacts have the C library in them.
    pub(crate) is_static: bool,
    /// Command of every deployment; `None` for `longshore-run` on the worker's path.
    pub(crate) runner: Option<String>,
    /// How the storage account is found, beside the environment's variables.
    pub(crate) azure: AccessOptions,
    /// What the file says of work pools, by name.
    pools: BTreeMap<String, Pool>,
    given: Given,
    sections: Vec<EnvironmentSection>,
    /// The environment that was chosen, if any.
    pub(crate) environment: Option<Environment>,
}

/// What an attribute does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Defaults {
    pub(crate) pool: Option<WorkPoolName>,
    pub(crate) queue: Option<WorkQueueName>,
    pub(crate) image: Option<ImageReference>,
    pub(crate) storage: Option<StorageUrl>,
}

/// What the command line or a variable says beside the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Given {
    values: Defaults,
    /// The option or variable.
    origin: &'static str,
}

/// `longshore.toml` could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("there is no `{FILE}` in `{}`", root.display())]
    Missing { root: PathBuf },
    #[error("cannot read `{}`", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}`, which is `template` of work pool `{pool}`, is not a job template", path.display())]
    Template { path: PathBuf, pool: String },
    #[error("the variable `{STORAGE_VARIABLE}` names no artifact store")]
    Storage(#[source] StorageUrlError),
}

impl Explain for ConfigError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Missing { .. } => Some(
                "write one; its first lines are `[workspace]` and `name = \"acme-flows\"`"
                    .to_owned(),
            ),
            Self::Read { .. } => None,
            Self::Template { .. } => Some(
                "write JSON with the objects `job_configuration` and `variables`, as `deploy pool template` prints it"
                    .to_owned(),
            ),
            Self::Storage(error) => error.help(),
        }
    }
}

impl Config {
    /// Reads `longshore.toml` in the workspace root.
    ///
    /// # Errors
    /// The file is missing or unreadable, or has mistakes; all of these are reported at once.
    pub(crate) fn read(root: &Path) -> Result<Self, Failure> {
        let path = root.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)?.with_templates(root)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ConfigError::Missing {
                root: root.to_owned(),
            }
            .into()),
            Err(source) => Err(ConfigError::Read { path, source }.into()),
        }
    }

    fn parse(text: &str) -> Result<Self, Failure> {
        let problems = Problems::new(text);
        let document = read::document(text)?;
        let config = Self::from_document(&Section::root(&document, &problems));
        Failure::unless_empty(problems.into_inner())?;
        Ok(config)
    }

    fn from_document(document: &Section<'_>) -> Self {
        document.only(&[
            "workspace",
            "defaults",
            "build",
            "runner",
            "azure",
            "pools",
            "env",
        ]);
        let workspace = document.required("workspace").map(|section| {
            section.only(&["name"]);
            section.required_name("name")
        });
        let build = document.table("build");
        let runner = document.table("runner");
        if let Some(build) = &build {
            build.only(&["target", "static"]);
        }
        if let Some(runner) = &runner {
            runner.only(&["command"]);
        }
        let defaults = document
            .table("defaults")
            .map(|section| Defaults::read(&section))
            .unwrap_or_default();
        Self {
            workspace: workspace.flatten().unwrap_or_default(),
            is_static: build
                .as_ref()
                .and_then(|build| build.flag("static"))
                .unwrap_or_default(),
            target: build.and_then(|build| build.text("target")),
            runner: runner.and_then(|runner| runner_command(&runner)),
            azure: document
                .table("azure")
                .as_ref()
                .map(azure)
                .unwrap_or_default(),
            pools: pools::read(document, &defaults),
            defaults,
            given: Given::default(),
            sections: document
                .tables("env")
                .iter()
                .map(|(name, section)| EnvironmentSection::read(name, section))
                .collect(),
            environment: None,
        }
    }

    /// The same in an environment.
    ///
    /// # Errors
    /// No section, or more than one pattern, fits the name.
    pub(crate) fn in_environment(self, name: &EnvironmentName) -> Result<Self, EnvironmentError> {
        let environment = environment::find(&self.sections, name)?;
        Ok(Self {
            environment: Some(environment),
            ..self
        })
    }

    /// The same with the artifact store of `--storage`, else of the variable `LONGSHORE_STORAGE`.
    ///
    /// # Errors
    /// The variable's value is no store.
    pub(crate) fn with_storage(
        self,
        option: Option<&StorageUrl>,
        variable: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let variable = variable.map(str::trim).filter(|text| !text.is_empty());
        let (storage, origin) = match (option, variable) {
            (Some(storage), _) => (storage.clone(), "--storage"),
            (None, Some(text)) => (
                text.parse().map_err(ConfigError::Storage)?,
                STORAGE_VARIABLE,
            ),
            (None, None) => return Ok(self),
        };
        let values = Defaults {
            storage: Some(storage),
            ..Defaults::default()
        };
        Ok(Self {
            given: Given { values, origin },
            ..self
        })
    }

    /// Tag of the deployments that belong to this workspace and environment.
    pub(crate) fn owner_tag(&self) -> String {
        let environment = self.environment.as_ref();
        self.tag_of(environment.map_or(NO_ENVIRONMENT, |environment| environment.name.as_str()))
    }

    /// The workspace's name, with that of the environment if there is one.
    pub(crate) fn full_name(&self) -> String {
        match &self.environment {
            Some(environment) => format!("{}/{}", self.workspace, environment.name),
            None => self.workspace.clone(),
        }
    }

    /// The tags of no environment and of those that the file names; those of patterns are not known.
    pub(crate) fn known_owner_tags(&self) -> Vec<String> {
        let names = [NO_ENVIRONMENT].into_iter();
        names
            .chain(environment::names(&self.sections))
            .map(|name| self.tag_of(name))
            .collect()
    }

    /// The Prefect profiles that environments name, each once.
    pub(crate) fn profiles(&self) -> BTreeSet<&str> {
        environment::profiles(&self.sections).collect()
    }

    fn tag_of(&self, environment: &str) -> String {
        self.tag_prefix() + environment
    }

    /// Beginning of the tags of this workspace, in whatever environment.
    pub(crate) fn tag_prefix(&self) -> String {
        format!("longshore:{}/", self.workspace)
    }
}

impl Defaults {
    fn read(section: &Section<'_>) -> Self {
        section.only(&["pool", "queue", "image", "storage"]);
        Self::values(section)
    }

    /// The values, whatever else is in the section.
    fn values(section: &Section<'_>) -> Self {
        Self {
            pool: section.parsed("pool"),
            queue: section.parsed("queue"),
            image: section.parsed("image"),
            storage: section.parsed("storage"),
        }
    }
}

/// The command of `[runner]`, which becomes a constant in the job templates of new pools.
fn runner_command(section: &Section<'_>) -> Option<String> {
    let command = section.text("command")?;
    if command.contains("{{") {
        section.problem(
            "command",
            "`{{` starts a placeholder of Prefect's job templates",
            "write the command without placeholders",
        );
        return None;
    }
    Some(command)
}

fn azure(section: &Section<'_>) -> AccessOptions {
    section.only(&["account", "managed_identity"]);
    let identity = section.text("managed_identity").map(|text| {
        if text == SYSTEM_ASSIGNED {
            ManagedIdentity::SystemAssigned
        } else {
            ManagedIdentity::ClientId(text)
        }
    });
    AccessOptions {
        account: section.text("account"),
        managed_identity: identity,
        ..AccessOptions::default()
    }
}

#[cfg(test)]
mod tests;
