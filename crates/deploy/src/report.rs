//! What is printed: data on stdout, progress and warnings on stderr.
//!
//! Everything that `deploy` prints goes through this module, which escapes control characters: names, log lines and
//! messages come from servers and flows. `clippy.toml` refuses other uses of the standard streams.

pub(crate) mod json;
mod lines;
pub(crate) mod listing;
pub(crate) mod plan_text;
pub(crate) mod progress;
pub(crate) mod runs;
pub(crate) mod summary;
mod table;
pub(crate) mod times;
pub(crate) mod versions;

use std::io::{self, Write as _};

use longshore_spec::Explain;
use longshore_spec::terminal::{escape_block, escape_json, escape_record};
use serde_json::Value;

use crate::error::{Failure, printable};

pub(crate) use lines::Lines;

/// Prints lines of data on stdout, each of which the caller ended.
pub(crate) fn print(text: &str) {
    write_out(&escape_block(text));
}

/// Prints one record of data on stdout, such as a log line; its continuation lines are indented.
pub(crate) fn print_record(record: &str) {
    write_out(&(escape_record(record) + "\n"));
}

/// Prints several records of data on stdout.
pub(crate) fn print_records(records: &[String]) {
    let lines = records.iter().map(|record| escape_record(record) + "\n");
    write_out(&lines.collect::<String>());
}

/// Prints a JSON document on stdout; its values are exact.
pub(crate) fn print_json(document: &Value) {
    write_out(&escape_json(&format!("{document:#}\n")));
}

/// Prints on stdout, exactly, a document that holds no text from other sources, such as a script or a manual page.
pub(crate) fn print_document(document: &str) {
    write_out(document);
}

/// Prints one record on stderr; its continuation lines are indented.
pub(crate) fn tell(record: &str) {
    write_error(&escape_record(record));
}

/// Prints lines on stderr, which the caller separated.
pub(crate) fn tell_lines(text: &str) {
    write_error(&escape_block(text));
}

/// Prints a warning on stderr, and on a line of its own what to do about it.
pub(crate) fn tell_warning(warning: &str, help: &str) {
    tell(&format!("warning: {warning}"));
    tell(&format!("help: {help}"));
}

/// Prints an error with its causes and its help.
pub(crate) fn tell_error(error: &dyn Explain) {
    write_error(&printable(error));
}

/// Prints everything that stopped a command.
pub(crate) fn tell_failure(failure: &Failure) {
    for problem in failure.problems() {
        tell_error(problem);
    }
}

/// A reader that has gone away, such as `head`, is not an error.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that writes to stdout"
)]
fn write_out(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

#[expect(clippy::print_stderr, reason = "the one place that writes to stderr")]
fn write_error(text: &str) {
    eprintln!("{text}");
}
