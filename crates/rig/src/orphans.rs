//! Processes whose starter was killed before it could stop them, as Ctrl-C does to tests.
//!
//! Every process is noted in a file while it runs; whoever starts the next one stops those that are noted but have
//! lost their starter.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::environment::{folder, root};
use crate::error::RigError;
use crate::process::Group;
use crate::process_table::{Identity, identity};

#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    starter: Identity,
    group: Group,
}

/// What is noted of a group; it is removed with this value.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
}

impl Note {
    /// The note of the group with this leader, still to be written.
    pub(crate) fn of(leader: u32) -> Self {
        Self::below(&notes(), leader)
    }

    fn below(notes: &Path, leader: u32) -> Self {
        Self {
            path: notes.join(format!("{leader}.json")),
        }
    }

    /// Notes that this program has started a group, or what has become of it.
    pub(crate) fn write(&self, group: &Group) -> Result<(), RigError> {
        match identity(std::process::id()) {
            Some(starter) => self.write_for(starter, group),
            None => Ok(()),
        }
    }

    fn write_for(&self, starter: Identity, group: &Group) -> Result<(), RigError> {
        let file = |source| RigError::File {
            path: self.path.clone(),
            source,
        };
        let noted = Noted {
            starter,
            group: group.clone(),
        };
        let text = serde_json::to_string(&noted).map_err(|source| RigError::State {
            path: self.path.clone(),
            source,
        })?;
        if let Some(notes) = self.path.parent() {
            fs::create_dir_all(notes).map_err(file)?;
        }
        fs::write(&self.path, text).map_err(file)
    }

    /// Makes the group one that may outlive its starter.
    pub(crate) fn remove(&self) {
        // It fails only if another program has removed it as an orphan's.
        let _removed = fs::remove_file(&self.path);
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Stops what was left behind.
pub(crate) fn stop_orphans() {
    stop_orphans_in(&notes());
}

fn stop_orphans_in(notes: &Path) {
    for entry in fs::read_dir(notes).into_iter().flatten().flatten() {
        let path = entry.path();
        let text = fs::read_to_string(&path).unwrap_or_default();
        // One that is being written is not an orphan's.
        let Ok(noted) = serde_json::from_str::<Noted>(&text) else {
            continue;
        };
        let starter = u32::try_from(noted.starter.pid).ok().and_then(identity);
        if starter.as_ref() != Some(&noted.starter) && noted.group.stop() {
            Note { path }.remove();
        }
    }
}

fn notes() -> PathBuf {
    folder(&root()).join("running")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::tests::sleeper;

    #[test]
    fn a_process_without_its_starter_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let (orphan, kept) = (sleeper(folder.path()).leave(), sleeper(folder.path()));
        let starter = identity(std::process::id()).unwrap();
        let gone = Identity {
            started: "earlier".to_owned(),
            ..starter
        };
        let notes = folder.path().join("running");
        let orphaned = Note::below(&notes, 1);
        orphaned.write_for(gone, &orphan).unwrap();
        let running = Note::below(&notes, 2);
        running.write(&kept.group()).unwrap();
        stop_orphans_in(&notes);
        assert!(!orphan.runs());
        assert!(kept.group().runs());
        assert!(!orphaned.path.exists());
        assert!(running.path.exists());
    }
}
