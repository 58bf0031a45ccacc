//! Lines of text whose values cannot begin a line of their own.

use std::fmt;

use longshore_spec::terminal::escape_line;

/// Lines that `writeln!` adds; control characters and line feeds within a line are escaped.
#[derive(Debug, Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// Adds a line; `writeln!` calls this method.
    ///
    /// # Errors
    /// A value of the line cannot be formatted.
    pub(crate) fn write_fmt(&mut self, arguments: fmt::Arguments<'_>) -> fmt::Result {
        let mut line = String::new();
        fmt::write(&mut line, arguments)?;
        self.0
            .push_str(&escape_line(line.strip_suffix('\n').unwrap_or(&line)));
        self.0.push('\n');
        Ok(())
    }

    /// Returns all lines, each with its line feed.
    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_with_a_line_feed_stays_in_its_line() {
        let mut lines = Lines::default();
        for name in ["a\n+ create b\u{1b}[2J", "c\n"] {
            writeln!(lines, "- delete {name}").unwrap();
        }
        assert_eq!(
            lines.into_text(),
            "- delete a\\n+ create b\\u{1b}[2J\n- delete c\\n\n"
        );
    }
}
