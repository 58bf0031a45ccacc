//! The flows that Longshore deploys.

use std::fmt::Write as _;
use std::path::Path;

use longshore_rig::RigError;

use super::{PER_FLOW, POOL, QUEUE};
use crate::bench::workspace::Workspace;

/// Writes a workspace with that many deployments below `folder` and builds its `deploy`.
///
/// # Errors
/// A file cannot be written, or cargo fails.
pub(super) fn build(folder: &Path, deployments: usize) -> Result<Workspace, RigError> {
    let defaults = format!("pool = \"{POOL}\"\nqueue = \"{QUEUE}\"\n");
    Workspace::build(folder, &library(deployments), "", &defaults)
}

fn library(deployments: usize) -> String {
    let mut text = "use longshore::{deployment, flow};\n".to_owned();
    for flow in 0..deployments / PER_FLOW {
        let _written = write!(text, "\n/// Report {flow}.\n#[flow]\n");
        for deployment in 0..PER_FLOW {
            let _written = writeln!(
                text,
                "#[deployment(name = \"d{deployment}\", schedule = cron(\"{flow} 6 * * *\", tz = \"Europe/Oslo\"), \
                 tags = [\"bench\"], parameters(region = \"region-{deployment}\", days = 3))]",
                flow = flow % 60
            );
        }
        let _written = writeln!(
            text,
            "async fn report_{flow}(region: String, #[param(default = 1)] days: u32) -> Result<(), std::io::Error> {{\n    \
             println!(\"{{region}} {{days}}\");\n    Ok(())\n}}"
        );
    }
    text
}
