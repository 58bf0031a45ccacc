//! A process with its children, stopped by the one that started it.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::error::RigError;

/// Prefect ends its services in order, which takes some seconds.
const GRACE: Duration = Duration::from_secs(20);

/// How often an ending process is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// A running process in a group of its own, with its output in a file.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) log: PathBuf,
}

impl Process {
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self, RigError> {
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
                install: "run `cargo xtask test`, which installs it",
                source,
            })?;
        Ok(Self {
            child,
            log: log.to_owned(),
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

    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It fails only if the group has ended already.
            let _ended = kill_process_group(group, signal);
        }
    }
}

impl Drop for Process {
    /// Asks it to end, and ends it if it does not: a kill alone leaves the child of Prefect 2 behind.
    fn drop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal(Signal::TERM);
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline && !self.has_ended() {
            std::thread::sleep(LOOK);
        }
        self.kill();
    }
}
