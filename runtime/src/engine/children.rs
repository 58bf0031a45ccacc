//! Processes that a flow has started and left behind: none of them outlives the flow's own.
//!
//! On Linux this process adopts what its children leave behind (`prctl(2)`, `PR_SET_CHILD_SUBREAPER`), so that all of
//! them can be found as its descendants.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::{Pid, Signal, getpid, kill_process, set_child_subreaper};

/// How long they may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// How long they are looked for after SIGKILL, which the kernel acts on a moment later.
const LAST_LOOKS: Duration = Duration::from_secs(1);

/// How often they are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Names of processes that a line of the log shows.
const SHOWN: usize = 5;

/// Makes this process the parent of what its children leave behind.
pub(super) fn adopt() {
    if let Err(error) = set_child_subreaper(Some(getpid())) {
        tracing::debug!("processes that the flow leaves behind cannot be ended: {error}");
    }
}

/// Ends all descendants: by SIGTERM, and after a while by SIGKILL.
pub(super) async fn end() {
    let left = descendants();
    if left.is_empty() {
        return;
    }
    tracing::warn!("ending {}, which the flow left behind", described(&left));
    send(&left, Signal::TERM);
    let begun = tokio::time::Instant::now();
    let mut is_killed = false;
    loop {
        tokio::time::sleep(LOOK).await;
        let left = descendants();
        if left.is_empty() || begun.elapsed() >= GRACE + LAST_LOOKS {
            return;
        }
        if begun.elapsed() >= GRACE {
            if !is_killed {
                tracing::warn!("killing {}, which SIGTERM did not end", described(&left));
            }
            is_killed = true;
            // Again and again, since one may have started another one meanwhile.
            send(&left, Signal::KILL);
        }
    }
}

fn descendants() -> Vec<Process> {
    Family::read().descendants(getpid().as_raw_nonzero().get())
}

fn send(processes: &[Process], signal: Signal) {
    for process in processes {
        if let Some(id) = Pid::from_raw(process.id) {
            // It may have ended meanwhile.
            let _ = kill_process(id, signal);
        }
    }
}

/// `2 processes (sleep 4711, sh 4712)`.
fn described(processes: &[Process]) -> String {
    let count = processes.len();
    let noun = if count == 1 { "process" } else { "processes" };
    let mut shown: Vec<String> = processes
        .iter()
        .take(SHOWN)
        .map(|process| format!("{} {}", process.name, process.id))
        .collect();
    if count > SHOWN {
        shown.push("...".to_owned());
    }
    format!("{count} {noun} ({})", shown.join(", "))
}

/// A process that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Process {
    id: i32,
    parent: i32,
    name: String,
}

/// The processes of this machine by parent.
#[derive(Debug, Default)]
struct Family(BTreeMap<i32, Vec<Process>>);

impl Family {
    /// Reads `/proc`; empty where there is none.
    fn read() -> Self {
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let stats = entries.filter_map(|entry| {
            let id = entry.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read(entry.path().join("stat")).ok()?;
            Process::parse(id, &String::from_utf8_lossy(&stat))
        });
        let mut family = Self::default();
        for process in stats {
            family.0.entry(process.parent).or_default().push(process);
        }
        family
    }

    fn descendants(&self, of: i32) -> Vec<Process> {
        let mut found = Vec::new();
        let mut parents = vec![of];
        while let Some(parent) = parents.pop() {
            for child in self.0.get(&parent).into_iter().flatten() {
                parents.push(child.id);
                found.push(child.clone());
            }
        }
        found
    }
}

impl Process {
    /// Reads `4711 (name) S 1 ...` (`proc_pid_stat(5)`); `None` for one that has ended and is not waited for.
    fn parse(id: i32, stat: &str) -> Option<Self> {
        // The name may hold parentheses and blanks itself.
        let (before, after) = stat.rsplit_once(')')?;
        let (_, name) = before.split_once('(')?;
        let mut fields = after.split_whitespace();
        let state = fields.next()?;
        let parent = fields.next()?.parse().ok()?;
        (!matches!(state, "Z" | "X")).then(|| Self {
            id,
            parent,
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_by_their_parents() {
        let stats = [
            (10, "10 (flow) S 1 10 10"),
            (11, "11 (a) b) (c) S 10 10 10"),
            (12, "12 (grandchild) R 11 10 10"),
            (13, "13 (ended) Z 10 10 10"),
            (14, "14 (other) S 1 14 14"),
            (15, "15 (child) S 10 10 10"),
        ];
        let mut family = Family::default();
        for process in stats
            .iter()
            .filter_map(|(id, stat)| Process::parse(*id, stat))
        {
            family.0.entry(process.parent).or_default().push(process);
        }
        let found = family.descendants(10);
        let mut ids: Vec<i32> = found.iter().map(|process| process.id).collect();
        ids.sort_unstable();
        assert_eq!(ids, [11, 12, 15]);
        assert_eq!(found[0].name, "a) b) (c");
        assert!(described(&found).starts_with("3 processes (a) b) (c 11, "));
    }
}
