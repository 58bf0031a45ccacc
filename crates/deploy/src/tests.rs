//! From declarations to a server and back.

mod applying;
mod checking;
mod planning;
mod registering;
mod running;
mod sample;
