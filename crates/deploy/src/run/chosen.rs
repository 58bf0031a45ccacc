//! The deployments that a command is about, and where their artifacts go.

use longshore::record::DeploymentRecord;
use longshore::registry::Registry;
use longshore_spec::Explain;

use crate::apply::Upload;
use crate::command_line::Choosing;
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
    #[error("no deployment fits `--exclude {pattern}`")]
    NothingExcluded {
        pattern: Selection,
        existing: Vec<String>,
    },
    #[error("`--exclude` leaves no deployment")]
    AllExcluded,
    #[error("`apply --no-build` has no programs to store")]
    NoArtifacts,
    #[error(
        "`--prune` applies to the whole workspace, so `--select` and `--exclude` cannot be given too"
    )]
    PruneSelection,
    #[error("`--prune-limit` is given without `--prune`")]
    LimitWithoutPrune,
    #[error("`--prune` would delete everything: the workspace declares no deployments")]
    PruneAll,
}

impl Explain for RequestError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NothingSelected { existing, .. } | Self::NothingExcluded { existing, .. } => {
                format!("the workspace has {}", existing.join(", "))
            }
            Self::AllExcluded => "remove one of the patterns".to_owned(),
            Self::PruneSelection => {
                "remove `--prune`, or remove `--select` and `--exclude`".to_owned()
            }
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
    /// Picks the deployments that fit the selection, except for those that are excluded.
    ///
    /// # Errors
    /// No deployment fits the selection or a pattern of the excluded ones, or none is left.
    pub(super) fn new(
        workspace: &'a Workspace,
        registry: &'a Registry,
        choosing: &Choosing,
    ) -> Result<Self, RequestError> {
        let selection = choosing.select.as_ref();
        let mut unused: Vec<&Selection> = choosing.exclude.iter().collect();
        let mut records = Vec::new();
        let mut existing = Vec::new();
        let mut is_any_selected = false;
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
            let fits = |pattern: &Selection| pattern.fits(package.project(), flow, name);
            unused.retain(|pattern| !fits(pattern));
            if selection.is_none_or(fits) {
                is_any_selected = true;
                if !choosing.exclude.iter().any(fits) {
                    records.push((*record, package));
                }
            }
        }
        if let Some(selection) = selection.filter(|_| !is_any_selected) {
            return Err(RequestError::NothingSelected {
                selection: selection.clone(),
                existing,
            });
        }
        // A misspelt pattern would deploy what is to be left out.
        if let Some(pattern) = unused.first() {
            return Err(RequestError::NothingExcluded {
                pattern: (*pattern).clone(),
                existing,
            });
        }
        if records.is_empty() && is_any_selected {
            return Err(RequestError::AllExcluded);
        }
        Ok(Self {
            workspace,
            registry,
            records,
            all: selection.is_none() && choosing.exclude.is_empty(),
        })
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
