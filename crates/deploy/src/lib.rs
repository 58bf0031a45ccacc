//! Longshore's deploy crate.
