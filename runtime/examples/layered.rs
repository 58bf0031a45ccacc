//! A flow binary with a layer of its own: `cargo run -p longshore --example layered`

use std::io::Write as _;

use longshore::flow;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

#[flow]
fn layered() {
    tracing::info!("seen by all layers");
}

/// Prints the target of each event.
struct Targets;

impl<S: Subscriber> Layer<S> for Targets {
    #[expect(clippy::disallowed_methods, reason = "the output of the example")]
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        // A closed standard output is nobody's loss.
        let _ = writeln!(std::io::stdout(), "event of {target}");
    }
}

fn main() -> std::process::ExitCode {
    longshore::program::main_with_layer(env!("CARGO_PKG_NAME"), || Targets)
}
