//! A table of texts that stays within a width.

use longshore_spec::terminal::escape_line;

/// Width that a CI log and a wide terminal both show without breaking lines.
pub(super) const WIDTH: usize = 120;

/// Blanks between two columns.
const GAP: usize = 2;

/// A column is not made narrower than this.
const NARROWEST: usize = 12;

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Its texts are broken only if there is no other way.
    Whole(&'static str),
    /// Its texts may be broken.
    Flexible(&'static str),
}

impl Column {
    fn head(self) -> &'static str {
        match self {
            Self::Whole(head) | Self::Flexible(head) => head,
        }
    }
}

/// A table with a line of heads.
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: Vec<Column>) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing are empty, and control characters are escaped before widths are measured.
    pub(super) fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.columns.len(), String::new());
        let cells = cells.iter().map(|cell| escape_line(cell).into_owned());
        self.rows.push(cells.collect());
    }

    /// The table, with long cells broken so that no line is longer than `width`.
    pub(super) fn render(&self, width: usize) -> String {
        let widths = self.widths(width);
        let mut text = String::new();
        let heads: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.head().to_owned())
            .collect();
        push_row(&mut text, &heads, &widths);
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        push_row(&mut text, &rule, &widths);
        for row in &self.rows {
            push_row(&mut text, row, &widths);
        }
        text
    }

    /// The natural widths, then the widest columns shrunk until all fit, flexible ones first.
    fn widths(&self, width: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self
            .columns
            .iter()
            .map(|column| length(column.head()))
            .collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(length(cell));
            }
        }
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            let shrinkable = widths
                .iter_mut()
                .zip(&self.columns)
                .filter(|(width, _)| **width > NARROWEST)
                .max_by_key(|(width, column)| (matches!(column, Column::Flexible(_)), **width));
            match shrinkable {
                Some((widest, _)) => *widest -= 1,
                None => break,
            }
        }
        widths
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

fn push_row(text: &mut String, cells: &[String], widths: &[usize]) {
    let broken: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| broken(cell, *width))
        .collect();
    let height = broken.iter().map(Vec::len).max().unwrap_or_default();
    for line in 0..height {
        let mut out = String::new();
        for (cell, width) in broken.iter().zip(widths) {
            let part = cell.get(line).map_or("", String::as_str);
            out.push_str(part);
            out.push_str(&" ".repeat((width + GAP).saturating_sub(length(part))));
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
}

/// Breaks a text into lines, after a blank if there is one, else after a `/`, `,`, `:`, `@` or `-`.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width {
        let after = |breaks: &str| {
            let mut places = (1..=width).rev();
            // A blank at the end of the line may itself be one letter too far.
            if breaks == " " && rest.get(width) == Some(&' ') {
                return Some(width + 1);
            }
            places.find(|place| breaks.contains(rest[*place - 1]))
        };
        let place = after(" ")
            .or_else(|| after("/,:@-"))
            .unwrap_or(width.max(1));
        let tail = rest.split_off(place);
        lines.push(rest.into_iter().collect::<String>().trim_end().to_owned());
        rest = tail;
    }
    if !rest.is_empty() || lines.is_empty() {
        lines.push(rest.into_iter().collect());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_table_is_as_wide_as_its_texts() {
        let mut table = Table::new(vec![Column::Whole("name"), Column::Whole("state")]);
        table.row(vec!["a".to_owned(), "created".to_owned()]);
        table.row(vec![String::new(), "later".to_owned()]);
        assert_eq!(
            table.render(WIDTH),
            "name  state\n----  -------\na     created\n      later\n"
        );
    }

    #[test]
    fn long_cells_are_broken_so_that_no_line_is_too_long() {
        let mut table = Table::new(vec![
            Column::Whole("deployment"),
            Column::Flexible("schedule"),
            Column::Flexible("image"),
        ]);
        let image =
            "registry.example.org/a-team/with/a/long/path/flows:1.4.0-spot@sha256:0123456789";
        table.row(vec![
            "daily-report/northern-europe".to_owned(),
            "at 06:00, Monday to Friday (Europe/Oslo)".to_owned(),
            image.to_owned(),
        ]);
        let text = table.render(80);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.contains("daily-report/northern-europe"), "{text}");
        let column = text.lines().next().unwrap().find("image").unwrap();
        let joined: String = text
            .lines()
            .skip(2)
            .map(|line| line.get(column..).unwrap_or_default())
            .collect();
        assert_eq!(joined, image);
    }
}
