//! What is printed: data on stdout, progress and warnings on stderr.

pub(crate) mod json;
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

use crate::error::explained;

/// Prints data; a reader that has gone away, such as `head`, is not an error.
pub(crate) fn print(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes());
    let _ = stdout.flush();
}

/// Prints a line for people.
#[expect(clippy::print_stderr, reason = "the one place that writes to stderr")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

/// Prints an error with its causes and its remedy.
pub(crate) fn tell_error(error: &dyn Explain) {
    tell(&explained(error));
}
