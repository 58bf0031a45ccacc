//! Code that replaces the attributes; the only modules that write any.

pub(crate) mod checks;
pub(crate) mod deployment;
pub(crate) mod elsewhere;
pub(crate) mod flow;
pub(crate) mod subflow;
pub(crate) mod task;
