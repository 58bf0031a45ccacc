//! Puts the flows of this workspace onto a Prefect server.

include!(concat!(env!("OUT_DIR"), "/deploy.rs"));
