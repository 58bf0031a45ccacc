//! A process with its children, stopped by the one that started it.

use std::fs::{self, File};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::{Deserialize, Serialize};

use crate::environment::{folder, root};
use crate::error::RigError;
use crate::orphans::{Note, stop_orphans};
use crate::process_table::{Identity, members};
use crate::processor_time::ProcessorTime;
use crate::signals::reset_for_children;

/// Prefect ends its services in order, which takes some seconds.
const GRACE: Duration = Duration::from_secs(20);

/// How often an ending process is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Lines of a log that an error shows.
const SHOWN: usize = 20;

/// How a program is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// By SIGTERM.
    Terminate,
    /// By SIGINT, on which PostgreSQL does not wait for its clients.
    Interrupt,
}

impl Ending {
    fn signal(self) -> Signal {
        match self {
            Self::Terminate => Signal::TERM,
            Self::Interrupt => Signal::INT,
        }
    }
}

/// A running process in a group of its own, with its output in a file.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    ending: Ending,
    pub(crate) log: PathBuf,
    /// What its first process has left behind, if that was ended alone.
    left: Option<Group>,
    /// Goes with this value, after the process.
    note: Note,
}

impl Process {
    pub(crate) fn start(
        command: &mut Command,
        ending: Ending,
        log: &Path,
    ) -> Result<Self, RigError> {
        stop_orphans();
        reset_for_children();
        let file = |source| RigError::File {
            path: log.to_owned(),
            source,
        };
        let output = File::create(log).map_err(file)?;
        let errors = output.try_clone().map_err(file)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|source| RigError::Missing {
                program: command.get_program().to_string_lossy().into_owned(),
                install: "run `cargo xtask rig install`, which installs it",
                source,
            })?;
        let process = Self {
            note: Note::of(child.id()),
            child,
            ending,
            log: log.to_owned(),
            left: None,
        };
        process.note.write(&process.group())?;
        Ok(process)
    }

    /// Waits until a server that was started can be used; `what` names it in the error.
    pub(crate) fn wait_until(
        &mut self,
        what: &str,
        limit: Duration,
        ready: impl Fn() -> bool,
    ) -> Result<(), RigError> {
        let deadline = Instant::now() + limit;
        let reason = loop {
            if ready() {
                // With the processes that it has started meanwhile.
                self.note.write(&self.group())?;
                return Ok(());
            }
            if self.has_ended() {
                break "it ended".to_owned();
            }
            if Instant::now() > deadline {
                break format!("no answer within {} s", limit.as_secs());
            }
            std::thread::sleep(LOOK);
        };
        Err(RigError::NotReady {
            what: what.to_owned(),
            reason,
            output: last_lines(&self.log),
        })
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// Ends it at once, in the middle of whatever it does, and its children with it.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _status = self.child.wait();
    }

    /// Sends a signal to its first process alone; what that leaves behind goes on until this value goes away.
    pub(crate) fn signal_alone(&mut self, signal: Signal) {
        self.left = Some(self.group());
        if let Some(leader) = Pid::from_raw(i32::try_from(self.child.id()).unwrap_or_default()) {
            // It fails only if the process has ended already.
            let _ended = kill_process(leader, signal);
        }
    }

    /// Its group, as somebody else can find it.
    pub(crate) fn group(&self) -> Group {
        let leader = i32::try_from(self.child.id()).unwrap_or(i32::MAX);
        Group {
            leader,
            members: members(leader),
            ending: self.ending,
        }
    }

    /// Lets it run on when this program ends.
    pub(crate) fn leave(self) -> Group {
        let group = self.group();
        self.note.remove();
        // Dropping it would stop it.
        std::mem::forget(self);
        group
    }

    fn stop(&mut self) {
        self.signal(self.ending.signal());
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && !self.has_ended() {
            std::thread::sleep(LOOK);
        }
        self.kill();
    }

    /// Saves the log from the end of its folder; a test that fails is in need of it.
    #[expect(clippy::print_stderr, reason = "the output of a test that fails")]
    fn keep_log(&self) {
        let logs = folder(&root()).join("logs");
        let name = self.log.file_stem().unwrap_or_default().to_string_lossy();
        let kept = logs.join(format!("{name}-{}.log", self.child.id()));
        let copied = fs::create_dir_all(&logs).and_then(|()| fs::copy(&self.log, &kept));
        if copied.is_ok() {
            eprintln!("the log of a process of this test is in {}", kept.display());
        }
    }

    fn signal(&self, signal: Signal) {
        send(i32::try_from(self.child.id()).unwrap_or_default(), signal);
    }
}

impl Drop for Process {
    /// Asks it to end, and ends it if it does not: a kill alone leaves the child of Prefect 2 behind.
    fn drop(&mut self) {
        if !self.has_ended() {
            self.stop();
        }
        if let Some(left) = &self.left {
            left.stop();
        }
        if std::thread::panicking() {
            self.keep_log();
        }
    }
}

/// A group of processes that another program has started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Group {
    leader: i32,
    members: Vec<Identity>,
    ending: Ending,
}

impl Group {
    /// What its processes have used of the processors.
    pub(crate) fn processor_time(&self) -> Duration {
        let pids = self
            .members
            .iter()
            .filter_map(|member| member.pid.try_into().ok());
        pids.map(|pid| ProcessorTime::of(pid).own).sum()
    }

    /// Whether a process of it still runs; one that took over the id of an ended process is none of it.
    pub(crate) fn runs(&self) -> bool {
        members(self.leader)
            .iter()
            .any(|running| self.members.contains(running))
    }

    /// Ends all of it; `false` if it does not end. A stranger's group is left alone.
    pub(crate) fn stop(&self) -> bool {
        if !self.runs() {
            return true;
        }
        send(self.leader, self.ending.signal());
        if self.has_ended_within(GRACE) {
            return true;
        }
        send(self.leader, Signal::KILL);
        self.has_ended_within(GRACE)
    }

    /// The group's id cannot be given to others while a process of it is left.
    fn has_ended_within(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while !members(self.leader).is_empty() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(LOOK);
        }
        true
    }

    /// The process id of its leader.
    pub(crate) fn id(&self) -> i32 {
        self.leader
    }
}

fn send(group: i32, signal: Signal) {
    // Group 0 would be our own.
    if let Some(group) = Pid::from_raw(group) {
        // It fails only if the group has ended already.
        let _ended = kill_process_group(group, signal);
    }
}

fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sleeper(folder: &Path) -> Process {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 600 & echo started; wait"]);
        let mut process =
            Process::start(&mut shell, Ending::Terminate, &folder.join("log")).unwrap();
        let log = process.log.clone();
        process
            .wait_until("sh", GRACE, || last_lines(&log) == "started")
            .unwrap();
        process
    }

    /// How a process ends that gets SIGINT.
    pub(crate) fn interrupted(folder: &Path) -> std::process::ExitStatus {
        let mut process = Process::start(
            Command::new("sleep").arg("600"),
            Ending::Interrupt,
            &folder.join("log"),
        )
        .unwrap();
        process.signal(Signal::INT);
        let deadline = Instant::now() + GRACE;
        while !process.has_ended() {
            if Instant::now() > deadline {
                process.kill();
            }
            std::thread::sleep(LOOK);
        }
        process.child.wait().unwrap()
    }

    #[test]
    fn a_group_is_stopped_with_all_its_members() {
        let folder = tempfile::tempdir().unwrap();
        let group = sleeper(folder.path()).leave();
        assert_eq!(group.members.len(), 2, "{group:?}");
        assert!(group.runs());
        assert!(group.stop());
        assert_eq!(members(group.leader), []);
        assert!(!group.runs());
    }

    #[test]
    fn a_child_that_its_leader_left_behind_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = sleeper(folder.path());
        let group = process.group();
        process.child.kill().unwrap();
        process.child.wait().unwrap();
        assert!(group.runs());
        assert!(group.stop());
        assert_eq!(members(group.leader), []);
    }

    #[test]
    fn what_a_process_that_was_ended_alone_left_behind_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = sleeper(folder.path());
        let group = process.group();
        process.signal_alone(Signal::KILL);
        process.child.wait().unwrap();
        assert!(group.runs());
        drop(process);
        assert!(!group.runs());
    }

    #[test]
    fn a_stranger_with_the_same_id_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = sleeper(folder.path());
        let mut former = process.group();
        for member in &mut former.members {
            member.started = "earlier".to_owned();
        }
        assert!(!former.runs());
        assert!(former.stop());
        assert!(!process.has_ended());
    }
}
