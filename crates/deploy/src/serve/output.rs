//! The output of the process of a run, line by line, in bounded memory.

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};

use crate::report::print_record;

/// Longest line in bytes; the rest of a longer one is left out.
const LONGEST_LINE: usize = 64 << 10;

/// Prints what comes from a pipe, each line with the run's name before it.
pub(super) async fn show(pipe: impl AsyncRead + Unpin, name: String) {
    let mut reader = BufReader::new(pipe);
    while let Some(line) = next_line(&mut reader).await {
        print_record(&format!("{name} | {line}"));
    }
}

/// The next line without its end; one that is too long is cut, with a mark that says how long it was.
async fn next_line(reader: &mut BufReader<impl AsyncRead + Unpin>) -> Option<String> {
    let mut line = Vec::new();
    let mut length = 0;
    loop {
        // A pipe that fails is over.
        let bytes = reader.fill_buf().await.unwrap_or_default();
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let part = &bytes[..end.unwrap_or(bytes.len())];
        let room = LONGEST_LINE - line.len();
        line.extend_from_slice(&part[..part.len().min(room)]);
        length += part.len();
        let is_over = bytes.is_empty();
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        if end.is_some() || (is_over && length > 0) {
            break;
        }
        if is_over {
            return None;
        }
    }
    let text = String::from_utf8_lossy(&line);
    let text = text.trim_end_matches('\r');
    if length > line.len() {
        return Some(format!("{text} ... ({length} bytes)"));
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(bytes: &[u8]) -> Vec<String> {
        let mut reader = BufReader::with_capacity(16, bytes);
        let mut all = Vec::new();
        while let Some(line) = next_line(&mut reader).await {
            all.push(line);
        }
        all
    }

    #[tokio::test]
    async fn lines_are_those_of_the_output() {
        assert_eq!(
            lines(b"one\r\n\n a longer line than the buffer\nlast").await,
            ["one", "", " a longer line than the buffer", "last",]
        );
        assert_eq!(lines(b"").await, Vec::<String>::new());
        assert_eq!(lines(b"one\n").await, ["one"]);
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_cut() {
        let mut output = vec![b'x'; LONGEST_LINE * 3];
        output.extend_from_slice(b"\nnext\n");
        let found = lines(&output).await;
        assert_eq!(found.len(), 2);
        let expected = format!("x ... ({} bytes)", LONGEST_LINE * 3);
        assert!(found[0].ends_with(&expected));
        assert_eq!(found[0].len(), LONGEST_LINE + expected.len() - 1);
        assert_eq!(found[1], "next");
    }
}
