//! Questions on the terminal.

use std::io::{self, BufRead as _, IsTerminal as _};

/// Whether somebody may be there to answer.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal()
}

/// The next line without outer blanks; empty at the end of the input.
///
/// # Errors
/// The input cannot be read.
pub(super) async fn read_answer() -> io::Result<String> {
    // Reading blocks; Ctrl-C must be seen meanwhile.
    let reading = tokio::task::spawn_blocking(|| {
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        read.map(|_| answer.trim().to_owned())
    });
    reading
        .await
        .unwrap_or_else(|ended| Err(io::Error::other(ended)))
}
