//! Longshore's build crate.
