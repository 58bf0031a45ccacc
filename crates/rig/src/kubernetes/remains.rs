//! Removes a cluster: its servers, the processes of its containers, its mounts and its folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{INSTALL, write};
use crate::command::checked;
use crate::error::RigError;
use crate::process::Group;
use crate::process_table::parents;

/// File with the groups of the cluster's processes, those first that are stopped first.
const PROCESSES: &str = "processes.json";

/// Longest time until killed processes have ended.
const END: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(50);

/// Notes the processes of a cluster for [`remove`].
pub(super) fn note(folder: &Path, groups: &[Group]) -> Result<(), RigError> {
    let path = folder.join(PROCESSES);
    let text = serde_json::to_string(groups).map_err(|source| RigError::State {
        path: path.clone(),
        source,
    })?;
    write(&path, text)
}

/// Whether the processes of the cluster of a folder run.
pub(super) fn runs(folder: &Path) -> bool {
    let groups = noted(folder);
    !groups.is_empty() && groups.iter().all(Group::runs)
}

/// The processes that were noted, in the order in which they are stopped.
pub(super) fn noted(folder: &Path) -> Vec<Group> {
    let text = fs::read_to_string(folder.join(PROCESSES)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Stops the cluster of a folder, unmounts what it has mounted and removes the folder; does nothing if there is none.
pub(super) fn remove(folder: &Path) -> Result<(), RigError> {
    let Ok(folder) = folder.canonicalize() else {
        return Ok(());
    };
    for group in noted(&folder) {
        // One that does not end by SIGTERM is killed; the shims of containers are in groups of their own.
        if !group.stop() {
            return Err(RigError::StillRunning {
                name: "the cluster".to_owned(),
                state: folder.join(PROCESSES),
            });
        }
    }
    kill_containers(&folder);
    unmount(&folder)?;
    remove_folder(&folder)
}

/// Kills the shims of this cluster's containers and what runs in them.
fn kill_containers(folder: &Path) {
    let deadline = Instant::now() + END;
    loop {
        let processes = containers(folder);
        if processes.is_empty() || Instant::now() > deadline {
            return;
        }
        for id in processes {
            if let Some(id) = Pid::from_raw(id) {
                // It may have ended meanwhile.
                let _ended = kill_process(id, Signal::KILL);
            }
        }
        std::thread::sleep(LOOK);
    }
}

/// Shims that serve the folder's containerd, with their descendants.
fn containers(folder: &Path) -> Vec<i32> {
    let socket = folder.join("containerd.sock").display().to_string();
    let is_shim = |line: &str| line.contains("containerd-shim") && line.contains(&socket);
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    let mut found = Vec::new();
    for (process, parent) in parents() {
        children.entry(parent).or_default().push(process);
        let line = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        if is_shim(&String::from_utf8_lossy(&line)) {
            found.push(process);
        }
    }
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(children.get(&parent).into_iter().flatten());
        next += 1;
    }
    // Descendants first: they would become children of the first process once their shim has ended.
    found.reverse();
    found
}

/// Unmounts what is mounted below a folder, the last one first.
fn unmount(folder: &Path) -> Result<(), RigError> {
    let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mut below: Vec<PathBuf> = mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .map(PathBuf::from)
        .filter(|path| path.starts_with(folder))
        .collect();
    below.sort();
    for path in below.iter().rev() {
        let mut umount = Command::new("umount");
        let output = umount.arg("--lazy").arg(path).output();
        checked("umount", output, INSTALL)?;
    }
    Ok(())
}

/// Removes the folder; containers that have just ended may still write.
fn remove_folder(folder: &Path) -> Result<(), RigError> {
    let deadline = Instant::now() + END;
    loop {
        match fs::remove_dir_all(folder) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(source) if Instant::now() > deadline => return Err(RigError::file(folder, source)),
            Err(_) => std::thread::sleep(LOOK),
        }
    }
}
