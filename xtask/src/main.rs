//! The developers' commands of this repository: `cargo xtask test`, `cargo xtask fuzz`, `cargo xtask rig`, `cargo xtask bench`.

mod bench;
mod command;
mod fuzz;
mod rig;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  test [FILTER...]   all tests of the workspace, with real Prefect servers installed under target/rig/;
                     filters are passed on to the test runner
  fuzz [--seconds N] [--seed N]
                     feeds mutated input to the parsers for N seconds (60 by default); a panic is shown with its input
  rig install        only installs what the tests need
  rig up [NAME...]   starts Prefect servers that outlive the command, and prints their PREFECT_API_URL:
                     prefect-3.8.8, prefect-2.20.26, prefect-3.8.8-postgresql; without names all of them
  rig up kubernetes  starts a cluster of one node (root on Linux, Go 1.24; built once in five minutes), and prints
                     the variables by which tests and kubectl find it
  rig status         which of the servers run and answer
  rig down [NAME...] stops them; without names all of them and the cluster
  bench deploy [--deployments N] [--repetitions N] [--database sqlite|postgresql]
                     compares `deploy` with bare requests and with `prefect deploy --all`
  bench run [--repetitions N] [--tasks N] [--lines N]
                     compares runs of flows under a stock worker with the same flows in Python: start, end, memory,
                     N tasks, and what N lines of logs cost
  bench kubernetes [--repetitions N] [--left N]
                     compares runs in pods with the same flow in Python, whose image has Prefect and the code: start,
                     fetch, memory, and what N runs leave behind; on the cluster of `rig up kubernetes`
  bench macros [--flows N] [--repetitions N] [--cold yes|no]
                     compares what the compiler takes for N flows with two deployments each with the same functions
                     without attributes and with serde's derives; and builds the dependencies
  bench storage [--repetitions N] [--artifacts N] [--megabytes N]
                     compares storing and fetching artifacts (N of 1 MB, one of N MB) with bare requests and with
                     the Azure SDK for Python, on Azurite
";

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program's output"
)]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, filters)) if command == "test" => test::run_all(filters),
        Some((command, options)) if command == "fuzz" => fuzz::run_for(options),
        Some((command, words)) if command == "rig" => rig::run(words),
        Some((command, words)) if command == "bench" => bench::run(words),
        Some((command, _)) if command == "help" || command == "--help" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
