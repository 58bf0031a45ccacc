//! The commit that programs are built from.

use std::path::Path;

use tokio::process::Command;

use super::output::output;

/// The commit that is checked out at `root`, with `-dirty` behind it if files differ from it.
///
/// `None` outside of a repository, before its first commit, or without git: the commit is only told, never relied on.
pub(crate) async fn commit(root: &Path) -> Option<String> {
    let mut command = Command::new("git");
    command
        .args([
            "describe",
            "--always",
            "--dirty",
            "--abbrev=40",
            "--exclude=*",
        ])
        .current_dir(root);
    let output = output(&mut command).await.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let text = text.trim();
    (output.status.success() && !text.is_empty()).then(|| text.to_owned())
}
