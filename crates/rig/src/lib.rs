//! Real Prefect servers and workers, and Azurite, for the tests: installed under `target/rig/`, started on free loopback
//! ports with folders of their own, and stopped by the process that started them, or by a later one ([`standing`]).

mod azurite;
mod browser;
mod buildah;
mod command;
mod debian;
mod entra;
mod environment;
mod error;
mod health;
mod kubernetes;
mod node;
mod orphans;
mod postgres;
mod process;
mod process_table;
mod processor_time;
mod python_image;
mod requirements;
mod server;
mod signals;
pub mod standing;
mod static_runner;
#[cfg(all(test, feature = "rig"))]
mod tests;
mod worker;

pub use azurite::{AzuriteServer, install_azurite};
pub use browser::{Field, Form, RunPage, install_browser, read_form, read_run};
pub use command::run;
pub use entra::EntraServer;
pub use environment::{Version, install, install_azure_sdk};
pub use error::RigError;
pub use kubernetes::{
    Cluster, Kubernetes, Namespace, StoppedApiServer, install_kubernetes, names_kubernetes,
    why_no_kubernetes,
};
pub use postgres::{PostgresServer, install_postgres};
pub use process_table::processes_of_run;
pub use processor_time::ProcessorTime;
pub use python_image::write_prefect;
pub use requirements::{Program, require};
pub use server::{Database, PrefectServer, free_port, prefect};
pub use static_runner::static_runner;
pub use worker::Worker;
