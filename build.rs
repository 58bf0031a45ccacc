//! Links the flow crates below `projects/` into `deploy`.

fn main() {
    longshore_build::link_flows();
}
