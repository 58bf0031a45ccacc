//! From declarations to a server and back.

mod applying;
mod checking;
mod owning;
mod placing;
mod planning;
mod registering;
mod removing;
mod running;
mod sample;
