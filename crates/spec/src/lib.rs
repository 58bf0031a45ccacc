//! Longshore's spec crate.
