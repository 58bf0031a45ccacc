//! Integration tests of the client.

mod script;
mod sending;
mod target;
