//! The part of Prefect 3.8.8's REST API that Longshore uses, on one redb file, in-process.
//!
//! It exists so that the first command works with nothing installed, and as a test double that can inject faults. One
//! request is one transaction: killed at any point, the database holds the state before or after a request, never
//! something between.
//!
//! It answers as 3.8.8 does, with these differences, all on purpose:
//! - Where 3.8.8 answers 500 (a deployment's name with one of `/ % & < >`, a PATCH that names a missing work pool, the
//!   deletion of a pool's default queue), it answers 422, 404 and 409 with a detail.
//! - A name that is empty or has control characters is refused, since it could not be reached by name.
//! - Runs are made by schedule as somebody in the same process decides through [`Server::decide`].
//! - There is no UI; of blocks there are those of type `secret`, in plain text; of events those that record task
//!   runs; and parameters are not hydrated.
//! - Schedules are checked for shape, and time zones for their characters; what a schedule means is checked before it
//!   is sent.

mod api;
mod body;
mod connections;
mod damage;
mod error;
mod filter;
mod json_schema;
mod model;
mod names;
mod open;
mod private;
mod scheduling;
mod server;
mod store;
mod transition;

pub use open::{Embedded, OpenError, Options, WriteHook, WritePhase};
pub use private::{private_file, private_folder};
pub use scheduling::{
    ActiveSchedule, Fire, FireDecision, ScheduledDeployment, Scheduling, SchedulingError,
};
pub use server::{ServeError, Server};
pub use store::Changes;
