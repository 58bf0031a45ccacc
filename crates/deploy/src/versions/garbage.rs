//! Which stored programs nobody refers to any more.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use longshore_prefect::{Client, DeploymentFilter, Error};
use longshore_storage::{ArtifactKey, StoredArtifact};
use serde_json::Value;

use super::key;
use crate::storage::Folder;

/// The digests that deployments and unfinished runs of a server refer to, as they are written there.
///
/// # Errors
/// The server cannot be reached or refuses.
pub(crate) async fn references(client: &Client) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    let digest = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    for deployment in client.deployments(&DeploymentFilter::default()).await? {
        found.extend(digest(deployment.job_variables.get("sha256")));
    }
    for run in client.unfinished_runs().await? {
        found.extend(digest(run.job_variables.get("sha256")));
        found.extend(run.flow_version);
    }
    Ok(found)
}

/// What may be deleted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// So many of the newest of each flow stay.
    pub(crate) keep: usize,
    /// What was stored later stays.
    pub(crate) before: SystemTime,
}

/// A stored program that nobody refers to.
#[derive(Debug, Clone)]
pub(crate) struct Garbage {
    pub(crate) folder: Arc<Folder>,
    pub(crate) artifact: StoredArtifact,
}

impl Garbage {
    /// Its place in the store.
    pub(crate) fn key(&self) -> ArtifactKey {
        key(&self.folder, &self.artifact)
    }
}

/// What the rules allow to delete, folder by folder, oldest first.
pub(crate) fn garbage(
    folders: &[Arc<Folder>],
    references: &BTreeSet<String>,
    rules: Rules,
) -> Vec<Garbage> {
    let mut all = Vec::new();
    for folder in folders {
        let mut present: Vec<&StoredArtifact> = folder.present.iter().collect();
        present.sort_by_key(|found| (found.stored, found.digest));
        let old = present.len().saturating_sub(rules.keep);
        let unused = present.into_iter().take(old).filter(|found| {
            found.stored < rules.before && !references.contains(&found.digest.to_string())
        });
        all.extend(unused.map(|found| Garbage {
            folder: Arc::clone(folder),
            artifact: found.clone(),
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use longshore_storage::LocalStore;

    use super::*;
    use crate::storage::OpenStore;

    const DAY: u64 = 24 * 60 * 60;

    fn stored(letter: char, day: u64) -> StoredArtifact {
        StoredArtifact {
            digest: letter.to_string().repeat(64).parse().unwrap(),
            binary: "daily".to_owned(),
            length: 1,
            stored: SystemTime::UNIX_EPOCH + Duration::from_secs(day * DAY),
            complete: true,
        }
    }

    fn deleted(present: &[StoredArtifact], references: &[char], keep: usize, day: u64) -> String {
        let folder = Folder {
            store: OpenStore {
                name: "artifacts".to_owned(),
                store: LocalStore::new("artifacts".into()).into(),
            },
            path: "projects/finance/daily".to_owned(),
            present: present.to_vec(),
            new_container: None,
        };
        let references = references.iter();
        let references = references.map(|letter| letter.to_string().repeat(64));
        let rules = Rules {
            keep,
            before: SystemTime::UNIX_EPOCH + Duration::from_secs(day * DAY),
        };
        let found = garbage(&[Arc::new(folder)], &references.collect(), rules);
        let short = found.iter().map(|garbage| garbage.artifact.digest.short());
        short.filter_map(|digest| digest.chars().next()).collect()
    }

    #[test]
    fn what_is_old_and_unused_goes_oldest_first() {
        let present = [
            stored('b', 2),
            stored('a', 1),
            stored('d', 4),
            stored('c', 3),
        ];
        assert_eq!(deleted(&present, &[], 0, 10), "abcd");
        assert_eq!(deleted(&present, &[], 2, 10), "ab");
        assert_eq!(deleted(&present, &[], 9, 10), "");
        assert_eq!(deleted(&present, &[], 0, 3), "ab");
        assert_eq!(deleted(&present, &['a', 'c'], 0, 10), "bd");
        assert_eq!(deleted(&present, &['a'], 2, 10), "b");
    }
}
