//! Links the flow crates under `projects/` into `deploy`.

fn main() {
    longshore_build::link_flows();
}
