//! Versions as a table and as JSON.

use indicatif::HumanBytes;
use longshore_storage::Digest;
use serde_json::{Value, json};

use super::table::Column::{Flexible, Whole};
use super::table::{Table, WIDTH};
use crate::desired::DeploymentKey;
use crate::versions::Version;

/// Hexadecimal digits of a commit that are shown.
const COMMIT_DIGITS: usize = 12;

/// One line per version; the one that is deployed is marked.
pub(crate) fn text(versions: &[Version], current: Option<Digest>) -> String {
    let mut table = Table::new(vec![
        Whole(""),
        Whole("version"),
        Whole("stored (UTC)"),
        Whole("size"),
        Whole("package"),
        Flexible("commit"),
    ]);
    for version in versions {
        let or_nothing = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let mark = if Some(version.digest) == current {
            "*"
        } else {
            ""
        };
        table.row(vec![
            mark.to_owned(),
            version.digest.short(),
            version.stored.format("%Y-%m-%d %H:%M:%S").to_string(),
            HumanBytes(version.length).to_string(),
            or_nothing(version.package_version()),
            version.commit().map_or_else(|| "-".to_owned(), shortened),
        ]);
    }
    table.render(WIDTH)
}

/// A commit as people compare it, with what stands behind it.
fn shortened(commit: &str) -> String {
    let (digits, rest) = commit.split_once('-').unwrap_or((commit, ""));
    let digits: String = digits.chars().take(COMMIT_DIGITS).collect();
    if rest.is_empty() {
        digits
    } else {
        format!("{digits}-{rest}")
    }
}

/// All that is known of the versions.
pub(crate) fn json(
    deployment: &DeploymentKey,
    versions: &[Version],
    current: Option<Digest>,
    target: &str,
) -> Value {
    let versions = versions.iter().map(|version| {
        json!({
            "version": version.digest.short(),
            "sha256": version.digest.to_string(),
            "stored": version.stored,
            "bytes": version.length,
            "location": version.location,
            "package_version": version.package_version(),
            "git_commit": version.commit(),
            "target": version.manifest["target"],
            "profile": version.manifest["profile"],
            "deployed": Some(version.digest) == current,
        })
    });
    json!({
        "target": target,
        "flow": deployment.flow,
        "deployment": deployment.deployment,
        "versions": versions.collect::<Vec<_>>(),
    })
}
