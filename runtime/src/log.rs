//! Log records of a flow run: `tracing` events on their way to the server.

mod layer;
mod queue;
mod sender;
mod terminal;
mod text;

pub(crate) use layer::RunLayer;
pub(crate) use queue::{Queue, Record};
pub(crate) use sender::Sender;
pub(crate) use terminal::printable;

/// Target of the spans that stand for a flow run or a task run; the filter always lets them through.
pub(crate) const RUN_TARGET: &str = "longshore::run";
