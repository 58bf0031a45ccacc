//! Phase of a run in this process.

use tokio::sync::watch;

/// What this process does for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The function has not been called yet.
    Beginning,
    /// The function runs.
    Attempting,
    /// The end of the function is being reported.
    Reporting,
    /// Another attempt follows.
    Waiting,
}

/// The phase, as the tasks of the engine share it.
#[derive(Debug)]
pub(super) struct CurrentPhase(watch::Sender<Phase>);

impl CurrentPhase {
    pub(super) fn new() -> Self {
        Self(watch::Sender::new(Phase::Beginning))
    }

    pub(super) fn set(&self, phase: Phase) {
        self.0.send_replace(phase);
    }

    pub(super) fn is(&self, phase: Phase) -> bool {
        *self.0.borrow() == phase
    }

    /// Whether an end that the server has is not this process's own report.
    pub(super) fn is_watched(&self) -> bool {
        self.is(Phase::Attempting) || self.is(Phase::Waiting)
    }

    /// Waits for a phase.
    pub(super) async fn reaches(&self, phase: Phase) {
        // The sender is never dropped.
        let _ = self
            .0
            .subscribe()
            .wait_for(|current| *current == phase)
            .await;
    }
}
