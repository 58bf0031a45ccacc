//! `gc`: deletes stored programs that no deployment and no unfinished run refers to.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use indicatif::HumanBytes;
use longshore_spec::Explain;
use longshore_storage::StoreError;
use serde_json::{Value, json};

use super::answer::agree;
use super::chosen::Chosen;
use super::{Flows, in_environment, steps, tell_environment};
use crate::command_line::{Choosing, CollectArguments, Output};
use crate::config::Config;
use crate::error::{Failure, ReadServerError, explained};
use crate::exit::Exit;
use crate::report::{print, print_json, tell, tell_error, tell_lines};
use crate::storage::{Folder, remedy};
use crate::target::Target;
use crate::versions::garbage::{Garbage, Rules, garbage, references};

/// A stored program could not be deleted.
#[derive(Debug, thiserror::Error)]
#[error("cannot delete `{location}`")]
struct DeleteError {
    location: String,
    source: Box<StoreError>,
}

impl Explain for DeleteError {
    fn help(&self) -> Option<String> {
        remedy(&self.source)
    }
}

/// Shows what would be deleted, asks, and deletes it.
///
/// # Errors
/// A server or a store cannot be read, or nobody has agreed; then nothing was deleted.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &CollectArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let chosen = flows.chosen(&Choosing::default())?;
    let targets = targets(flows.root, flows.config)?;
    tell_environment(flows.config);
    let _lock = steps::lock(flows.root).await?;
    let folders = folders(flows, &chosen).await?;
    let rules = Rules {
        keep: arguments.keep,
        before: SystemTime::now() - arguments.older_than.as_duration(),
    };
    let mut found = garbage(&folders, &all_references(&targets).await?, rules);
    // On stderr, so that JSON on stdout is the result alone.
    tell_lines(&plan(&folders, &found));
    if found.is_empty() {
        return Ok(finish(flows, output, &[]));
    }
    if !arguments.yes {
        agree(&format!("delete these {}", found.len())).await?;
    }
    // Somebody may have deployed or rolled back while the question stood.
    let references = all_references(&targets).await?;
    found.retain(|garbage| !references.contains(&garbage.artifact.digest.to_string()));
    let mut ended = Vec::new();
    for garbage in found {
        let deleted = delete(&garbage).await;
        ended.push((garbage, deleted));
    }
    Ok(finish(flows, output, &ended))
}

/// The servers whose deployments and runs may refer to artifacts: that of this command, those of the environments'
/// profiles, and the embedded one if it was ever used.
fn targets(root: &Path, config: &Config) -> Result<Vec<Target>, Failure> {
    let mut targets = vec![steps::target(root, config)?];
    for profile in config.profiles() {
        let target = Target::of_profile(profile)?;
        if targets.iter().all(|known| !known.is_same_server(&target)) {
            tell(&format!("also asked: {target}"));
            targets.push(target);
        }
    }
    if let Some(embedded) = Target::used_embedded(root)
        && !targets.iter().any(Target::is_embedded)
    {
        tell("also asked: the embedded server in .longshore/");
        targets.push(embedded);
    }
    Ok(targets)
}

async fn all_references(targets: &[Target]) -> Result<BTreeSet<String>, Failure> {
    let mut all = BTreeSet::new();
    for target in targets {
        let connection = target.connect().await?;
        let found = references(&connection.client).await;
        connection.close().await;
        all.extend(found.map_err(ReadServerError::from)?);
    }
    Ok(all)
}

/// The folders of all flows, each once.
async fn folders(flows: &Flows<'_>, chosen: &Chosen<'_>) -> Result<Vec<Arc<Folder>>, Failure> {
    let mut places = Vec::new();
    for place in chosen.places(flows.config) {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Folder::look(&places, flows.root, flows.config, false).await
}

fn plan(folders: &[Arc<Folder>], found: &[Garbage]) -> String {
    let mut lines: Vec<String> = found
        .iter()
        .map(|garbage| {
            format!(
                "- delete {} ({})",
                location(garbage),
                HumanBytes(garbage.artifact.length)
            )
        })
        .collect();
    let present: usize = folders.iter().map(|folder| folder.present.len()).sum();
    let bytes = found.iter().map(|garbage| garbage.artifact.length).sum();
    lines.push(match found.len() {
        0 => format!("nothing to delete: {present} stored, all of them new or in use"),
        number => format!(
            "{number} to delete, {} to keep; {} to free",
            present - number,
            HumanBytes(bytes)
        ),
    });
    lines.join("\n")
}

fn location(garbage: &Garbage) -> String {
    garbage.folder.store.store.locate(&garbage.key())
}

async fn delete(garbage: &Garbage) -> Result<(), DeleteError> {
    let removed = garbage.folder.store.store.remove(&garbage.key()).await;
    removed.map(drop).map_err(|source| DeleteError {
        location: location(garbage),
        source: Box::new(source),
    })
}

fn finish(flows: &Flows<'_>, output: Output, ended: &[(Garbage, Result<(), DeleteError>)]) -> Exit {
    for (_, deleted) in ended {
        if let Err(error) = deleted {
            tell_error(error);
        }
    }
    let deleted = ended.iter().filter(|(_, deleted)| deleted.is_ok()).count();
    let failed = ended.len() - deleted;
    match output {
        Output::Text if !ended.is_empty() => {
            print(&format!("{deleted} deleted, {failed} failed\n"));
        }
        Output::Text => {}
        Output::Json => {
            let deletions: Vec<Value> = ended.iter().map(deletion).collect();
            print_json(&in_environment(
                json!({ "deletions": deletions }),
                flows.config,
            ));
        }
    }
    if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn deletion((garbage, deleted): &(Garbage, Result<(), DeleteError>)) -> Value {
    json!({
        "location": location(garbage),
        "sha256": garbage.artifact.digest.to_string(),
        "bytes": garbage.artifact.length,
        "outcome": if deleted.is_ok() { "deleted" } else { "failed" },
        "error": deleted.as_ref().err().map(|error| explained(error)),
    })
}
