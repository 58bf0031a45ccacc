//! From declarations to a server and back.

mod applying;
mod checking;
mod owning;
mod placing;
mod planning;
mod planning_for_2;
#[cfg(feature = "rig")]
mod real;
#[cfg(feature = "rig")]
mod recorder;
mod registering;
mod removing;
mod running;
mod sample;
mod secrecy;
