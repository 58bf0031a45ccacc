//! `deploy` as a user calls it, on workspaces that are written into a temporary folder and built there.
//!
//! All of them share one target folder beside this repository's own builds, so that dependencies are compiled once; a
//! test holds a lock on it while it runs. Packages of other workspaces have the same names, so nothing of a former
//! test may look newer than the sources: every workspace is written anew. Cargo gets from its registry what is not
//! in its cache yet, as in any build.

mod apply;
mod digests;
mod links;
mod process;
mod programs;
mod server;
mod sources;
mod sqlite;
mod state;
mod workspace;

#[cfg(unix)]
mod interruptions;
