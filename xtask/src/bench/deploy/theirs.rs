//! The same flows in Python, with a `prefect.yaml`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use longshore_rig::{RigError, Version, prefect};

use super::{PER_FLOW, POOL, QUEUE};
use crate::bench::write;

/// A folder with a file per flow and a `prefect.yaml` with all the deployments.
#[derive(Debug)]
pub(super) struct Scripts {
    folder: PathBuf,
}

impl Scripts {
    /// Writes the files below `folder`.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(super) fn write(folder: &Path, deployments: usize) -> Result<Self, RigError> {
        let folder = folder.join("prefect");
        // Without these three keys Prefect would look for a git repository.
        let mut yaml =
            "name: bench\nbuild: null\npush: null\npull: null\ndeployments:\n".to_owned();
        for flow in 0..deployments / PER_FLOW {
            let script = format!(
                "from prefect import flow\n\n\n@flow(name=\"report-{flow}\")\n\
                 async def report_{flow}(region: str, days: int = 1):\n    \"\"\"Report {flow}.\"\"\"\n    print(region, days)\n"
            );
            write(&folder.join(format!("flows/report_{flow}.py")), &script)?;
            for deployment in 0..PER_FLOW {
                let _written = write!(
                    yaml,
                    "- name: d{deployment}\n  entrypoint: flows/report_{flow}.py:report_{flow}\n  tags: [bench]\n  \
                     parameters: {{region: region-{deployment}, days: 3}}\n  schedules:\n  \
                     - {{cron: \"{minute} 6 * * *\", timezone: Europe/Oslo, slug: main}}\n  \
                     work_pool: {{name: {POOL}, work_queue_name: {QUEUE}}}\n",
                    minute = flow % 60
                );
            }
        }
        write(&folder.join("prefect.yaml"), &yaml)?;
        Ok(Self { folder })
    }

    /// `prefect deploy --all`.
    ///
    /// # Errors
    /// Prefect is not installed.
    pub(super) fn deploy(&self, api_url: &str) -> Result<Command, RigError> {
        self.prefect(api_url, &["--no-prompt", "deploy", "--all"])
    }

    /// Prefect's own command that makes the pool, which both sides use.
    ///
    /// # Errors
    /// Prefect is not installed.
    pub(super) fn create_pool(&self, api_url: &str) -> Result<Command, RigError> {
        self.prefect(api_url, &["work-pool", "create", POOL, "--type", "process"])
    }

    fn prefect(&self, api_url: &str, arguments: &[&str]) -> Result<Command, RigError> {
        let mut command = prefect(Version::Prefect3, &self.folder.join("home"), api_url)?;
        command.args(arguments).current_dir(&self.folder);
        Ok(command)
    }
}
