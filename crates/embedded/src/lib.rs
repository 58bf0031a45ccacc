//! Longshore's embedded crate.
