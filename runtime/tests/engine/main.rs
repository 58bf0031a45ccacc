//! Flow runs that a worker would start: the examples against an embedded server.

mod bench;
mod context;
mod gate;
mod life;
mod logs;
#[cfg(unix)]
mod process;
mod refusals;
mod refuser;
mod subflows;
mod tasks;
#[cfg(unix)]
mod termination;
