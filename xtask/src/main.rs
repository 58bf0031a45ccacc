//! Test rig and benchmarks.
fn main() {}
