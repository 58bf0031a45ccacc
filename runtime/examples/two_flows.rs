//! A program with several flows: `cargo run -p longshore --example two_flows -- divide --by 0`

use longshore::{flow, task};

/// Adds numbers up.
#[flow]
async fn add(
    /// JSON list of numbers.
    #[param(default = vec![1, 2])]
    numbers: Vec<i64>,
    /// Also print every number.
    #[param(default = false)]
    verbose: bool,
) {
    if verbose {
        tracing::info!("numbers {numbers:?}");
    }
    tracing::info!("sum {}", sum(numbers).await);
}

/// Divides a hundred.
#[flow(description = "Divides a hundred by a number.")]
fn divide(
    /// The divisor.
    by: i64,
    /// Fails instead of panicking on zero.
    #[param(default = true)]
    checked: bool,
    /// A note for the log, under a name that programs have a flag for.
    help: Option<String>,
) -> Result<(), DivideError> {
    if let Some(note) = help {
        tracing::info!("note: {note}");
    }
    if checked && by == 0 {
        let source = std::io::Error::other("the divisor is zero");
        return Err(DivideError { source });
    }
    tracing::info!("quotient {}", 100 / by);
    Ok(())
}

#[task]
async fn sum(numbers: Vec<i64>) -> i64 {
    numbers.into_iter().sum()
}

#[derive(Debug, thiserror::Error)]
#[error("cannot divide a hundred")]
struct DivideError {
    source: std::io::Error,
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
