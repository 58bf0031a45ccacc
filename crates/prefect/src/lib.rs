//! Longshore's prefect crate.
