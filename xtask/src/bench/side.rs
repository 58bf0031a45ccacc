//! The two languages of a flow in a benchmark of runs.

/// Whose run it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Ours,
    Python,
}

impl Side {
    pub(super) const ALL: [Self; 2] = [Self::Ours, Self::Python];

    /// The name of a flow on the server.
    pub(super) fn flow(self, flow: &str) -> String {
        match self {
            Self::Ours => flow.to_owned(),
            Self::Python => format!("python-{flow}"),
        }
    }
}
