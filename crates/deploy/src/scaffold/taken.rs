//! What a new flow may not be named.

use std::fs;
use std::path::Path;

use longshore::record::SourceLocation;
use longshore::registry::Registry;
use longshore_spec::{Explain, FlowPlace};
use toml::{Table, Value};

use super::link;
use crate::LinkedPackage;

/// A name that something else has.
#[derive(Debug, thiserror::Error)]
pub(super) enum TakenError {
    #[error("`{folder}` exists already")]
    Folder { folder: String },
    #[error("the package `{package}` is linked already, in `{folder}`")]
    Package {
        package: String,
        folder: &'static str,
    },
    #[error("Cargo.toml has a dependency `{package}` already")]
    Dependency { package: String },
    #[error(
        "the package `{package}` would be called as one that the workspace gets from elsewhere"
    )]
    Locked { package: String },
    #[error("the flow `{flow}` is registered already, at {place}")]
    Flow { flow: String, place: SourceLocation },
}

impl Explain for TakenError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Folder { .. } => "choose another name; nothing is ever overwritten".to_owned(),
            Self::Package { .. } | Self::Dependency { .. } | Self::Locked { .. } => {
                "choose a name whose package, `<project>-<flow>`, is a new one".to_owned()
            }
            Self::Flow { .. } => {
                "choose another name for the flow; on the server it stands without its project"
                    .to_owned()
            }
        })
    }
}

/// A workspace, as far as names in it are concerned.
#[derive(Clone, Copy)]
pub(super) struct Taken<'a> {
    pub(super) root: &'a Path,
    /// Text of the root manifest.
    pub(super) manifest: &'a str,
    pub(super) packages: &'a [LinkedPackage],
    pub(super) registry: &'a Registry,
}

impl Taken<'_> {
    /// Everything that stands in the way of a flow at this place.
    pub(super) fn by(&self, place: &FlowPlace) -> Vec<TakenError> {
        let (package, folder, flow) = (place.package(), place.folder(), place.flow_name());
        let mut taken = Vec::new();
        let linked = self
            .packages
            .iter()
            .find(|linked| linked.name == package && linked.folder != folder);
        if self.root.join(&folder).symlink_metadata().is_ok() {
            taken.push(TakenError::Folder { folder });
        } else if let Some(linked) = linked {
            let folder = linked.folder;
            taken.push(TakenError::Package { package, folder });
        } else if link::depends_on(self.manifest, &package) {
            taken.push(TakenError::Dependency { package });
        } else if self.is_locked(&package) {
            taken.push(TakenError::Locked { package });
        }
        let mut flows = self.registry.flows.iter();
        if let Some(registered) = flows.find(|registered| registered.name.as_str() == flow) {
            let place = registered.source;
            taken.push(TakenError::Flow { flow, place });
        }
        taken
    }

    /// Whether the lock file has a package of this name from a registry or repository: cargo could not tell `-p` of one
    /// from the other.
    fn is_locked(&self, package: &str) -> bool {
        let lock = fs::read_to_string(self.root.join("Cargo.lock")).ok();
        let lock = lock.and_then(|text| text.parse::<Table>().ok());
        let packages = lock
            .as_ref()
            .and_then(|lock| lock.get("package")?.as_array());
        packages.into_iter().flatten().any(|locked| {
            locked.get("name").and_then(Value::as_str) == Some(package)
                && locked.get("source").is_some()
        })
    }
}
