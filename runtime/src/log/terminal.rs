//! A log record as the terminal shows it.

use longshore_spec::terminal::escape_record;

/// Escapes control characters of a record and indents its continuation lines; the colours that the formatter adds stay.
pub(crate) fn printable(record: &str) -> String {
    let (record, end) = match record.strip_suffix('\n') {
        Some(record) => (record, "\n"),
        None => (record, ""),
    };
    let mut printable = String::with_capacity(record.len() + end.len());
    let mut rest = record;
    while let Some((before, colour, after)) = next_colour(rest) {
        printable.push_str(&escape_record(before));
        printable.push_str(colour);
        rest = after;
    }
    printable + &escape_record(rest) + end
}

/// The text before the next colour sequence (`ESC [ digits m`), the sequence, and the text after it.
fn next_colour(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices("\u{1b}[").find_map(|(start, opening)| {
        let parameters = &text[start + opening.len()..];
        let length = parameters.find(|next: char| !next.is_ascii_digit() && next != ';')?;
        let end = start + opening.len() + length + 1;
        parameters[length..]
            .starts_with('m')
            .then(|| (&text[..start], &text[start..end], &text[end..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_stay_and_other_sequences_are_shown() {
        for (record, shown) in [
            (
                "\u{1b}[2m12:00\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m fine\n",
                "\u{1b}[2m12:00\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m fine\n",
            ),
            (
                "\u{1b}[31mERROR\u{1b}[0m a\u{1b}]0;x\u{7}\u{1b}[2J\rb\u{202e}\n",
                "\u{1b}[31mERROR\u{1b}[0m a\\u{1b}]0;x\\u{7}\\u{1b}[2J\\rb\\u{202e}\n",
            ),
            (" INFO one\nERROR two\n", " INFO one\n    ERROR two\n"),
            ("\u{1b}[", "\\u{1b}["),
        ] {
            assert_eq!(printable(record), shown, "{record:?}");
        }
    }
}
