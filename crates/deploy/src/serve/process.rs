//! The process of a run: its output line by line, and its end.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use longshore_prefect::FlowRun;
use longshore_spec::DECLARED_DEPLOYMENT;
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::command::{Start, StartError};
use super::output::show;
use super::runs::Place;
use super::verified::Ready;

/// How long a process may go on after it was asked to end; the engine gives its flow 20 s of that.
pub(super) const GRACE: Duration = Duration::from_secs(30);

/// How long the output of a process that has ended is waited for: what it has started may hold it open.
const LAST_OUTPUT: Duration = Duration::from_secs(2);

/// Tells a program which artifact it is.
const ARTIFACT_SHA256: &str = "LONGSHORE_ARTIFACT_SHA256";

/// How long what a process has left behind may take to end.
const LEFT_BEHIND: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Variables that would name another server, or another run.
const FOREIGN: [&str; 5] = [
    "PREFECT_API_KEY",
    "PREFECT_PROFILE",
    "PREFECT_CLIENT_CUSTOM_HEADERS",
    ARTIFACT_SHA256,
    DECLARED_DEPLOYMENT,
];

/// What is wanted of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    Run,
    /// End within the time of grace.
    End,
    /// Be gone.
    Die,
}

/// A process that has been started for a run, in a group of its own: a signal from the terminal does not reach it.
pub(super) struct Process {
    child: Child,
    pub(super) id: u32,
    output: JoinSet<()>,
}

impl Process {
    /// Starts a command, or the verified program of an artifact.
    ///
    /// # Errors
    /// The program cannot be started.
    pub(super) fn start(
        start: &Start,
        ready: Ready,
        run: &FlowRun,
        place: &Place,
    ) -> Result<Self, StartError> {
        let mut command = Command::from(ready.command);
        for variable in FOREIGN {
            command.env_remove(variable);
        }
        command
            .args(&start.arguments)
            .envs(start.environment.iter().map(|(name, value)| (name, value)))
            .envs(place.address.environment())
            .envs(
                ready
                    .digest
                    .map(|digest| (ARTIFACT_SHA256, digest.to_string())),
            )
            .env("PREFECT__FLOW_RUN_ID", run.id.to_string())
            .current_dir(start.folder.as_deref().unwrap_or(&place.root))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let failed = |source| StartError::Spawn {
            program: ready.program,
            source,
        };
        let mut child = command.spawn().map_err(failed)?;
        let mut output = JoinSet::new();
        if let Some(pipe) = child.stdout.take() {
            output.spawn(show(pipe, run.name.clone()));
        }
        if let Some(pipe) = child.stderr.take() {
            output.spawn(show(pipe, run.name.clone()));
        }
        Ok(Self {
            // It is known until the process has been waited for.
            id: child.id().unwrap_or_default(),
            child,
            output,
        })
    }

    /// Waits for the end, which may be ordered meanwhile.
    ///
    /// # Errors
    /// The system cannot tell.
    pub(super) async fn end(
        mut self,
        orders: &mut watch::Receiver<Order>,
    ) -> std::io::Result<ExitStatus> {
        let mut given = Order::Run;
        let grace = tokio::time::sleep(GRACE);
        tokio::pin!(grace);
        let status = loop {
            let order = *orders.borrow_and_update();
            if order > given {
                given = order;
                grace.as_mut().reset(tokio::time::Instant::now() + GRACE);
                signal_group(self.id, order);
            }
            tokio::select! {
                status = self.child.wait() => break status?,
                changed = orders.changed() => if changed.is_err() {
                    // Whoever gave the orders is gone.
                    given = Order::Die;
                    signal_group(self.id, given);
                    break self.child.wait().await?;
                },
                () = &mut grace, if given == Order::End => {
                    given = Order::Die;
                    signal_group(self.id, given);
                }
            }
        };
        // What it has started and left behind.
        end_group(self.id, given).await;
        let all_output = async { while self.output.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_OUTPUT, all_output).await;
        Ok(status)
    }
}

/// Asks a group of processes to end, or ends it.
#[cfg(unix)]
pub(super) fn signal_group(leader: u32, order: Order) {
    use rustix::process::{Pid, Signal, kill_process_group};
    let signal = match order {
        Order::Run => return,
        Order::End => Signal::TERM,
        Order::Die => Signal::KILL,
    };
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        // It may have ended in this moment.
        let _ = kill_process_group(group, signal);
    }
}

#[cfg(not(unix))]
pub(super) fn signal_group(_: u32, _: Order) {}

/// Ends what is left of a group whose leader has ended: by SIGTERM, and after a while by SIGKILL.
async fn end_group(leader: u32, given: Order) {
    // The number of a group without members may be another one's soon.
    if !has_members(leader) {
        return;
    }
    if given < Order::Die {
        signal_group(leader, Order::End);
        let begun = tokio::time::Instant::now();
        while has_members(leader) && begun.elapsed() < LEFT_BEHIND {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    signal_group(leader, Order::Die);
}

/// Whether a process of the group lives.
#[cfg(unix)]
fn has_members(leader: u32) -> bool {
    use rustix::process::{Pid, test_kill_process_group};
    let group = i32::try_from(leader).ok().and_then(Pid::from_raw);
    group.is_some_and(|group| test_kill_process_group(group).is_ok())
}

#[cfg(not(unix))]
fn has_members(_: u32) -> bool {
    false
}

/// How a process ended, in words that follow "the process".
pub(super) fn described(status: ExitStatus) -> String {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            return format!("was ended by signal {signal}");
        }
    }
    match status.code() {
        Some(code) => format!("ended with exit code {code}"),
        None => "ended".to_owned(),
    }
}
