//! Which processes there are, and whether one is still the one that was started.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

/// A process, told from a later one with the same id by the time of its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: i32,
    /// In the system's own words, only to be compared.
    pub(crate) started: String,
}

/// The running processes of a group.
pub(crate) fn members(group: i32) -> Vec<Identity> {
    let of_group = |(of, identity)| (of == group).then_some(identity);
    match numbers() {
        Some(numbers) => numbers.filter_map(from_proc).filter_map(of_group).collect(),
        None => ps("-A").into_iter().filter_map(of_group).collect(),
    }
}

/// A running process by its id.
pub(crate) fn identity(pid: u32) -> Option<Identity> {
    let found = if Path::new("/proc/self/stat").exists() {
        from_proc(pid.try_into().ok()?)
    } else {
        ps(&format!("-p{pid}")).pop()
    };
    found.map(|(_, identity)| identity)
}

fn from_proc(pid: i32) -> Option<(i32, Identity)> {
    from_stat(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn ps(which: &str) -> Vec<(i32, Identity)> {
    let table = Command::new("ps")
        .args([which, "-o", "pid=,pgid=,state=,lstart="])
        .output();
    let table = table.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&table)
        .lines()
        .filter_map(from_ps)
        .collect()
}

/// Group and identity by proc(5); a zombie is none.
fn from_stat(pid: i32, stat: &str) -> Option<(i32, Identity)> {
    let mut fields = fields(stat)?.skip(1);
    let group = fields.next()?.parse().ok()?;
    let started = fields.nth(16)?.to_owned();
    Some((group, Identity { pid, started }))
}

/// The parent's id and the fields behind it; `None` for a zombie.
fn fields(stat: &str) -> Option<impl Iterator<Item = &str>> {
    // The name is in parentheses, and may contain some.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    (fields.next()? != "Z").then_some(fields)
}

/// The running processes of this machine, each with its parent; only on Linux.
pub(crate) fn parents() -> Vec<(i32, i32)> {
    let with_parent = |pid: i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some((pid, fields(&stat)?.next()?.parse().ok()?))
    };
    numbers()
        .into_iter()
        .flatten()
        .filter_map(with_parent)
        .collect()
}

/// Returns the ids of the processes that a Prefect worker started for a flow run, and of their children; on Linux alone.
#[must_use]
pub fn processes_of_run(run: &str) -> Vec<i32> {
    let variable = format!("PREFECT__FLOW_RUN_ID={run}");
    let is_of_run = |process: &i32| {
        let environment = fs::read(format!("/proc/{process}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&variable)
    };
    numbers().into_iter().flatten().filter(is_of_run).collect()
}

/// The ids of all processes; `None` on other systems than Linux.
fn numbers() -> Option<impl Iterator<Item = i32>> {
    let entries = fs::read_dir("/proc").ok()?;
    Some(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()))
}

fn from_ps(line: &str) -> Option<(i32, Identity)> {
    let mut words = line.split_whitespace();
    let (pid, group) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let state = words.next()?;
    let started = words.collect::<Vec<_>>().join(" ");
    (!state.starts_with('Z')).then_some((group, Identity { pid, started }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_proc_is_read_whatever_the_name_is() {
        let stat = "42 (a) b) S 1 40 40 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 10";
        let identity = Identity {
            pid: 42,
            started: "98765".to_owned(),
        };
        assert_eq!(from_stat(42, stat), Some((40, identity)));
        assert_eq!(from_stat(42, &stat.replace(") S", ") Z")), None);
    }

    #[test]
    fn this_process_is_found_by_both_ways() {
        let own = identity(std::process::id()).unwrap();
        let by_ps = ps(&format!("-p{}", own.pid));
        assert_eq!(
            by_ps.iter().map(|(_, found)| found.pid).collect::<Vec<_>>(),
            [own.pid]
        );
        let group = by_ps[0].0;
        assert!(members(group).contains(&own));
    }

    #[test]
    fn a_line_of_ps_is_read() {
        let identity = Identity {
            pid: 42,
            started: "Sat Nov 21 09:00:00 2026".to_owned(),
        };
        let line = "   42    40 Ss   Sat Nov 21 09:00:00 2026";
        assert_eq!(from_ps(line), Some((40, identity)));
        assert_eq!(from_ps("   42    40 Z    Sat Nov 21 09:00:00 2026"), None);
    }
}
