//! From declarations to a server and back.

mod applying;
mod before_builds;
mod checking;
mod documenting;
mod environments;
mod existing_pools;
mod faults;
mod founding;
mod listing;
mod looking;
mod new_deployments;
mod owning;
mod placing;
mod planning;
mod planning_for_2;
mod pools;
mod previews;
mod printing;
#[cfg(feature = "rig")]
mod real;
#[cfg(feature = "rig")]
mod real_workers;
mod recorder;
mod registering;
mod removing;
mod rolled_back;
mod running;
mod sample;
mod scaffolding;
mod secrecy;
#[cfg(unix)]
mod serving;
mod starting;
mod variable_values;
