//! What a deployment declares about fire times that were missed.

use std::fs;
use std::path::Path;

use longshore::record::{Catchup, DeploymentRecord};
use longshore_embedded::ScheduledDeployment;
use longshore_spec::DECLARED_DEPLOYMENT;
use longshore_storage::MANIFEST;
use serde::Deserialize;

/// What an artifact says of itself, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    deployments: Vec<Declared>,
}

#[derive(Deserialize)]
struct Declared {
    flow: String,
    name: String,
    catchup: Said,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    None,
    Latest,
    All,
}

impl From<Said> for Catchup {
    fn from(said: Said) -> Self {
        match said {
            Said::None => Self::None,
            Said::Latest => Self::Latest,
            Said::All => Self::All,
        }
    }
}

/// As the stored artifact says: this program may be older or newer than what was deployed. As this program declares
/// where the artifact is not on this machine.
pub(super) fn of(deployment: &ScheduledDeployment, declared: &[&DeploymentRecord]) -> Catchup {
    let artifact = deployment.job_variables.get("artifact");
    let artifact = artifact.and_then(|artifact| artifact.as_str());
    let said = artifact.and_then(|artifact| stored(Path::new(artifact), deployment));
    said.unwrap_or_else(|| {
        let all = declared.iter().map(|record| {
            let flow = record.flow.name.as_str();
            (flow, record.name.as_str(), record.catchup)
        });
        declaration(deployment, all).unwrap_or_default()
    })
}

fn stored(artifact: &Path, deployment: &ScheduledDeployment) -> Option<Catchup> {
    let text = fs::read(artifact.parent()?.join(MANIFEST)).ok()?;
    let manifest: Manifest = serde_json::from_slice(&text).ok()?;
    let all = manifest.deployments.iter().map(|declared| {
        let catchup = Catchup::from(declared.catchup);
        (declared.flow.as_str(), declared.name.as_str(), catchup)
    });
    declaration(deployment, all)
}

/// What is declared under the deployment's name, or under the one that it had before an environment changed it.
fn declaration<'a>(
    deployment: &ScheduledDeployment,
    mut all: impl Iterator<Item = (&'a str, &'a str, Catchup)>,
) -> Option<Catchup> {
    let environment = deployment.job_variables.get("env");
    let declared = environment.and_then(|all| all.get(DECLARED_DEPLOYMENT)?.as_str());
    let wanted = declared.unwrap_or(&deployment.name);
    all.find(|(flow, name, _)| *flow == deployment.flow && *name == wanted)
        .map(|(_, _, catchup)| catchup)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_artifact_says_it_of_the_declared_name() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = json!({
            "package": "finance-daily",
            "flows": [],
            "deployments": [
                { "flow": "daily", "name": "eu", "catchup": "none" },
                { "flow": "daily", "name": "eu-west", "catchup": "all" },
                { "flow": "weekly", "name": "eu-west-pr-1", "catchup": "latest" },
            ],
        });
        fs::write(folder.path().join(MANIFEST), manifest.to_string()).unwrap();
        let artifact = folder.path().join("finance-daily");
        let deployment = |name: &str, environment: Value| ScheduledDeployment {
            id: Uuid::nil(),
            flow: "daily".to_owned(),
            name: name.to_owned(),
            job_variables: Map::from_iter([
                ("artifact".to_owned(), json!(artifact)),
                ("env".to_owned(), environment),
            ]),
            schedules: Vec::new(),
        };
        let declared = |name: &str| json!({ "LONGSHORE_DEPLOYMENT": name });
        for (name, environment, expected) in [
            ("eu", json!({}), Catchup::None),
            ("eu-west", json!({}), Catchup::All),
            ("eu-west", declared("eu"), Catchup::None),
            ("eu-west-pr-1", declared("eu-west"), Catchup::All),
            ("us", json!({}), Catchup::Latest),
        ] {
            let found = of(&deployment(name, environment), &[]);
            assert_eq!(found, expected, "{name}");
        }
    }
}
