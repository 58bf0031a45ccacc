//! `deploy` as a user calls it, on workspaces that are written into a scratch folder and built there.
//!
//! All of them share one target folder beside this repository's own builds, so that dependencies are compiled once; a
//! test holds a lock on it while it runs. Every workspace is written anew, so its sources are newer than what a former
//! one left under the same names. Cargo gets from its registry what is not in its cache yet, as in any build.

mod apply;
#[cfg(feature = "rig")]
mod azure;
mod declarations;
mod digests;
#[cfg(feature = "rig")]
mod engine;
#[cfg(feature = "rig")]
mod form;
#[cfg(feature = "rig")]
mod kubernetes;
mod links;
mod newcomer;
#[cfg(feature = "rig")]
mod ownership;
mod process;
mod programs;
#[cfg(feature = "rig")]
mod real_server;
#[cfg(feature = "rig")]
mod runner;
mod server;
mod sources;
mod sqlite;
mod state;
mod versions;
mod workspace;

#[cfg(unix)]
mod interruptions;
#[cfg(unix)]
mod serve;
