//! Deploys every flow of this workspace: `cargo run --bin deploy`.

include!(concat!(env!("OUT_DIR"), "/deploy.rs"));
