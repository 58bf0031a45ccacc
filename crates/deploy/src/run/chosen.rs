//! The deployments that a command is about, and where their artifacts go.

use longshore::record::DeploymentRecord;
use longshore::registry::Registry;
use longshore_spec::Explain;

use crate::apply::Upload;
use crate::config::Config;
use crate::desired::Desired;
use crate::error::Failure;
use crate::selection::Selection;
use crate::storage::Place;
use crate::{LinkedPackage, Workspace};

/// The command cannot be carried out as it was given.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("no deployment fits `{selection}`")]
    NothingSelected {
        selection: Selection,
        existing: Vec<String>,
    },
    #[error("`apply --no-build` has no programs to store")]
    NoArtifacts,
    #[error("`--prune` looks at the whole workspace, so `--select` cannot be given too")]
    PruneSelection,
    #[error("`--prune-limit` is given without `--prune`")]
    LimitWithoutPrune,
    #[error("`--prune` would delete everything: the workspace declares no deployments")]
    PruneAll,
}

impl Explain for RequestError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NothingSelected { existing, .. } => {
                format!("the workspace has {}", existing.join(", "))
            }
            Self::PruneSelection => "leave one of the two out".to_owned(),
            Self::LimitWithoutPrune => "give `--prune` too".to_owned(),
            Self::PruneAll => "if that is meant, run `destroy`".to_owned(),
            Self::NoArtifacts => "name their folder with `--artifacts`".to_owned(),
        })
    }
}

/// The deployments that a command is about.
pub(super) struct Chosen<'a> {
    workspace: &'a Workspace,
    pub(super) registry: &'a Registry,
    /// Sorted, each with the package that it is part of.
    pub(super) records: Vec<(&'static DeploymentRecord, &'static LinkedPackage)>,
    /// Whether these are all of the workspace.
    pub(super) all: bool,
}

impl<'a> Chosen<'a> {
    /// Picks the deployments that fit the selection.
    ///
    /// # Errors
    /// None fits.
    pub(super) fn new(
        workspace: &'a Workspace,
        registry: &'a Registry,
        selection: Option<&Selection>,
    ) -> Result<Self, RequestError> {
        let mut records = Vec::new();
        let mut existing = Vec::new();
        for record in &registry.deployments {
            let packages = workspace.packages.iter();
            let Some(package) = packages
                .into_iter()
                .find(|package| package.name == record.flow.package)
            else {
                continue;
            };
            let (flow, name) = (record.flow.name.as_str(), record.name.as_str());
            existing.push(format!("`{}/{flow}/{name}`", package.project()));
            if selection.is_none_or(|selection| selection.fits(package.project(), flow, name)) {
                records.push((*record, package));
            }
        }
        match selection {
            Some(selection) if records.is_empty() => Err(RequestError::NothingSelected {
                selection: selection.clone(),
                existing,
            }),
            _ => Ok(Self {
                workspace,
                registry,
                records,
                all: selection.is_none(),
            }),
        }
    }

    /// The chosen deployments as declared, without artifacts.
    ///
    /// # Errors
    /// All that is wrong in the declarations.
    pub(super) fn declared(&self, config: &Config) -> Result<Vec<Desired>, Failure> {
        self.desired(config, &[])
    }

    /// The chosen deployments with the artifacts that go with them, in the same order.
    ///
    /// # Errors
    /// All that is wrong in the declarations.
    pub(super) fn desired(
        &self,
        config: &Config,
        uploads: &[Upload],
    ) -> Result<Vec<Desired>, Failure> {
        let mut problems = Vec::new();
        let mut all = Vec::new();
        for (index, (record, package)) in self.records.iter().enumerate() {
            let stored = uploads.get(index).map(Upload::stored);
            match Desired::new(record, package, config, stored) {
                Ok(desired) => all.push(desired),
                Err(problem) => problems.push(problem),
            }
        }
        Failure::unless_empty(problems)?;
        Ok(all)
    }

    /// The packages of the chosen deployments.
    pub(super) fn packages(&self) -> Vec<&'static LinkedPackage> {
        let workspace = self.workspace.packages.iter();
        workspace
            .filter(|package| self.records.iter().any(|(_, of)| of.name == package.name))
            .collect()
    }

    /// Where the artifact of each chosen deployment goes, in the same order.
    pub(super) fn places<'c>(&self, config: &'c Config) -> Vec<Place<'c>> {
        let records = self.records.iter();
        records
            .map(|(record, package)| Place::of(record, package, config))
            .collect()
    }
}
