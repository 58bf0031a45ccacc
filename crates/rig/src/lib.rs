//! Real Prefect servers and workers for the tests: installed under `target/rig/`, started on free loopback ports with
//! folders of their own, and stopped by the process that started them.

mod command;
mod environment;
mod error;
mod health;
mod process;
mod server;
mod worker;

pub use command::run;
pub use environment::{Version, install};
pub use error::RigError;
pub use server::PrefectServer;
pub use worker::Worker;
