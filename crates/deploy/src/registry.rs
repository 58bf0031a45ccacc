//! Checks the linked registry as a whole, before anything else is done.

mod names;

use std::fmt;

use longshore::record::SourceLocation;
use longshore::registry::{Duplicate, Registry, UnfitValue};
use longshore_spec::Explain;

use crate::error::explained;
use crate::{LinkedPackage, Workspace};

/// Something in the registry that cannot be deployed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryProblem {
    #[error("the workspace registers no flows and no deployments")]
    Empty,
    #[error("the package `{package}` in `{folder}` registers nothing")]
    Nothing {
        package: &'static str,
        folder: &'static str,
    },
    #[error(
        "flow `{flow}` at {place} is registered by `{package}`, which is no flow package of this workspace"
    )]
    Foreign {
        flow: String,
        package: &'static str,
        place: SourceLocation,
    },
    #[error(transparent)]
    Duplicate(Duplicate),
    #[error(transparent)]
    Unfit(UnfitValue),
    #[error(
        "two {kind} have names that look equal: `{first}` at {first_place} and `{second}` at {second_place}"
    )]
    LookAlike {
        kind: &'static str,
        /// With escapes for what is not ASCII.
        first: String,
        first_place: SourceLocation,
        second: String,
        second_place: SourceLocation,
    },
    #[error(
        "deployment `{deployment}` at {place} is renamed from `{former}`, which is declared at {former_place}"
    )]
    FormerNameInUse {
        deployment: String,
        place: SourceLocation,
        former: String,
        former_place: SourceLocation,
    },
}

impl Explain for RegistryProblem {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unfit(unfit) => return unfit.help(),
            Self::LookAlike { .. } => {
                "remove characters without width and no-break spaces, or rename one of them"
                    .to_owned()
            }
            Self::FormerNameInUse { former, .. } => {
                format!("remove `renamed_from`, or the deployment `{former}`")
            }
            Self::Empty => {
                "put `#[flow]` or `#[deployment]` before a function in `projects/<project>/<flow>/src/lib.rs`"
                    .to_owned()
            }
            Self::Nothing { .. } => {
                "put `#[flow]` or `#[deployment]` before one of its functions, or remove the package".to_owned()
            }
            Self::Foreign { .. } => {
                "move the flow into `projects/<project>/<flow>`; a shared library cannot hold flows".to_owned()
            }
            Self::Duplicate(_) => "rename one of them with `name = \"...\"`".to_owned(),
        })
    }
}

/// The linked flows and deployments cannot be deployed as they are; `Display` tells all reasons.
#[derive(Debug)]
pub struct RegistryError(Vec<RegistryProblem>);

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(|problem| explained(problem)).collect();
        f.write_str(&texts.join("\n"))
    }
}

impl std::error::Error for RegistryError {}

/// Checks the flows and deployments that are linked into this program.
///
/// # Errors
/// Nothing is registered, a linked package registers nothing, a flow comes from a package that is
/// not linked, or a name is taken twice.
pub fn check_registry(workspace: &Workspace) -> Result<(), RegistryError> {
    let problems = problems(&Registry::collect(), workspace.packages);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RegistryError(problems))
    }
}

/// Everything in the registry that cannot be deployed.
pub(crate) fn problems(registry: &Registry, packages: &[LinkedPackage]) -> Vec<RegistryProblem> {
    if registry.flows.is_empty() && registry.deployments.is_empty() {
        return vec![RegistryProblem::Empty];
    }
    let mut problems = Vec::new();
    for package in packages {
        let own = registry.of_package(package.name);
        if own.flows.is_empty() && own.deployments.is_empty() {
            problems.push(RegistryProblem::Nothing {
                package: package.name,
                folder: package.folder,
            });
        }
    }
    for flow in &registry.flows {
        if packages.iter().all(|package| package.name != flow.package) {
            problems.push(RegistryProblem::Foreign {
                flow: flow.name.to_string(),
                package: flow.package,
                place: flow.source,
            });
        }
    }
    problems.extend(
        registry
            .duplicates()
            .into_iter()
            .map(RegistryProblem::Duplicate),
    );
    problems.extend(
        registry
            .unfit_values()
            .into_iter()
            .map(RegistryProblem::Unfit),
    );
    problems.extend(names::look_alikes(registry));
    problems.extend(names::former_names_in_use(registry));
    problems
}
