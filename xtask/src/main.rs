//! The developers' commands of this repository: `cargo xtask test`.

mod command;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask <command>

  test [FILTER...]   all tests of the workspace, with real Prefect servers installed under target/rig/;
                     filters are passed on to the test runner
  rig                only installs what the tests need
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
        Some((command, [])) if command == "rig" => test::install().map(drop),
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
