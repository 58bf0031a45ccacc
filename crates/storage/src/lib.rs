//! Longshore's storage crate.
