//! A table of texts that stays within a width.

/// Width that a CI log and a wide terminal both show without breaking lines.
pub(super) const WIDTH: usize = 120;

/// Blanks between two columns.
const GAP: usize = 2;

/// A column is not made narrower than this.
const NARROWEST: usize = 10;

/// A table with a line of heads.
pub(super) struct Table {
    heads: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(heads: Vec<&'static str>) -> Self {
        Self {
            heads,
            rows: Vec::new(),
        }
    }

    /// Adds a row; cells that are missing are empty.
    pub(super) fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.heads.len(), String::new());
        self.rows.push(cells);
    }

    /// The table, with long cells broken so that no line is longer than `width`.
    pub(super) fn render(&self, width: usize) -> String {
        let widths = self.widths(width);
        let mut text = String::new();
        let heads: Vec<String> = self.heads.iter().map(|head| (*head).to_owned()).collect();
        push_row(&mut text, &heads, &widths);
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        push_row(&mut text, &rule, &widths);
        for row in &self.rows {
            push_row(&mut text, row, &widths);
        }
        text
    }

    /// The natural widths, then the widest columns shrunk until all fit.
    fn widths(&self, width: usize) -> Vec<usize> {
        let mut widths: Vec<usize> = self.heads.iter().map(|head| length(head)).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(length(cell));
            }
        }
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            match widths.iter_mut().max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
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

/// Breaks a text into lines, after a blank, `/`, `,`, `:` or `@` where there is one.
fn broken(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while rest.len() > width {
        let is_break = |index: &usize| " /,:@-".contains(rest[*index - 1]);
        let place = (width / 2..=width)
            .rev()
            .find(|index| *index > 0 && is_break(index));
        let tail = rest.split_off(place.unwrap_or(width.max(1)));
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
        let mut table = Table::new(vec!["name", "state"]);
        table.row(vec!["a".to_owned(), "created".to_owned()]);
        table.row(vec![String::new(), "later".to_owned()]);
        assert_eq!(
            table.render(WIDTH),
            "name  state\n----  -------\na     created\n      later\n"
        );
    }

    #[test]
    fn long_cells_are_broken_so_that_no_line_is_too_long() {
        let mut table = Table::new(vec!["deployment", "schedule", "image"]);
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
        let column = text.lines().next().unwrap().find("image").unwrap();
        let joined: String = text
            .lines()
            .skip(2)
            .map(|line| line.get(column..).unwrap_or_default())
            .collect();
        assert_eq!(joined, image);
    }
}
