fn main() {
    longshore_build::link_flows();
}
