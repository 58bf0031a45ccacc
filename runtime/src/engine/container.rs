//! The termination message of the container that the process runs in, and the kernel's count of killed processes.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use longshore_prefect::cut;

use crate::mask::masked;

/// File whose content Kubernetes shows as the reason why a container ended, and its limit in bytes
/// (`terminationMessagePath` of a container).
const TERMINATION_MESSAGE: &str = "/dev/termination-log";
const LONGEST_TERMINATION_MESSAGE: usize = 4096;

/// Room for the note that a message was cut.
const NOTE: usize = 64;

/// Where the kernel lists the control groups of this process (`cgroups(7)`).
const OWN_GROUPS: &str = "/proc/self/cgroup";

/// Where control groups are mounted.
const GROUPS: &str = "/sys/fs/cgroup";

/// Writes why the run ended for `kubectl describe pod`; does nothing outside of Kubernetes.
pub(super) fn write_termination_message(message: &str) {
    write(Path::new(TERMINATION_MESSAGE), &masked(message));
}

fn write(path: &Path, message: &str) {
    // Kubernetes has created the file.
    let file = OpenOptions::new().write(true).truncate(true).open(path);
    let message = cut(message.to_owned(), LONGEST_TERMINATION_MESSAGE - NOTE);
    if let Ok(mut file) = file
        && let Err(error) = file.write_all(message.as_bytes())
    {
        tracing::debug!("cannot write the termination message: {error}");
    }
}

/// Processes that the kernel has killed for lack of memory since this value was created.
#[derive(Debug)]
pub(super) struct KilledForMemory {
    /// The count of the control group; `None` where the kernel has none.
    file: Option<PathBuf>,
    before: u64,
}

impl Default for KilledForMemory {
    /// Starts to count in the control group of this process, which all processes of a container share.
    fn default() -> Self {
        let groups = fs::read_to_string(OWN_GROUPS).unwrap_or_default();
        let file = files(&groups, Path::new(GROUPS))
            .into_iter()
            .find(|file| read(file).is_some());
        let before = file.as_deref().and_then(read).unwrap_or_default();
        Self { file, before }
    }
}

impl KilledForMemory {
    /// A sentence about the killed processes; `None` if there are none.
    pub(super) fn described(&self) -> Option<String> {
        let now = self.file.as_deref().and_then(read)?;
        match now.saturating_sub(self.before) {
            0 => None,
            1 => Some("The kernel killed a process of this run for lack of memory.".to_owned()),
            count => Some(format!(
                "The kernel killed {count} processes of this run for lack of memory."
            )),
        }
    }
}

/// Files with the count, by the lines of `/proc/self/cgroup`; a container sees its own group as the root.
fn files(groups: &str, mounted: &Path) -> Vec<PathBuf> {
    let lines = groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (controllers, path) = (fields.next()?, fields.next()?);
        let (mounted, name) = if controllers.is_empty() {
            (mounted.to_owned(), "memory.events")
        } else if controllers
            .split(',')
            .any(|controller| controller == "memory")
        {
            (mounted.join("memory"), "memory.oom_control")
        } else {
            return None;
        };
        let own = mounted.join(path.trim_start_matches('/')).join(name);
        Some([own, mounted.join(name)])
    });
    lines.flatten().collect()
}

/// The count `oom_kill`, which both versions of control groups have.
fn read(file: &Path) -> Option<u64> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    line?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_control_groups_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("pod/one")).unwrap();
        fs::create_dir_all(root.join("memory")).unwrap();
        let second = root.join("pod/one/memory.events");
        let first = root.join("memory/memory.oom_control");
        fs::write(&second, "low 0\noom 1\noom_kill 3\n").unwrap();
        fs::write(&first, "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n").unwrap();
        for (groups, expected) in [
            ("0::/pod/one\n", 3),
            ("4:cpu,cpuacct:/a\n3:memory:/not/visible/here\n", 2),
        ] {
            let counts: Vec<u64> = files(groups, root)
                .iter()
                .filter_map(|file| read(file))
                .collect();
            assert_eq!(counts, [expected], "{groups}");
        }
        let mut killed = KilledForMemory {
            file: Some(second),
            before: 3,
        };
        assert_eq!(killed.described(), None);
        killed.before = 2;
        assert!(killed.described().unwrap().contains("killed a process"));
        killed.before = 0;
        assert!(killed.described().unwrap().contains("killed 3 processes"));
    }

    #[test]
    fn a_termination_message_is_written_where_kubernetes_asks_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("termination-log");
        write(&path, "ignored");
        assert!(!path.exists());
        fs::write(&path, "an older and longer message").unwrap();
        write(&path, "Failed: no rows");
        assert_eq!(fs::read_to_string(&path).unwrap(), "Failed: no rows");
        write(&path, &"x".repeat(5000));
        assert!(fs::read(&path).unwrap().len() <= LONGEST_TERMINATION_MESSAGE);
    }
}
