//! Progress of longer steps: a bar on a terminal, one line per item elsewhere.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressStyle};

use super::tell;

/// How progress is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    bars: bool,
}

impl Progress {
    /// Bars if stderr is a terminal.
    pub(crate) fn for_stderr() -> Self {
        Self {
            bars: io::stderr().is_terminal(),
        }
    }

    /// Begins a step of so many items, such as `storing`.
    pub(crate) fn start(self, what: &'static str, items: usize) -> Steps {
        let bar = (self.bars && items > 0).then(|| {
            let bar = ProgressBar::new(items as u64);
            let style = ProgressStyle::with_template("{prefix:>12} [{bar:30}] {pos}/{len} {msg}");
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.with_prefix(what)
        });
        Steps {
            what,
            items,
            bar,
            begun: 0.into(),
        }
    }

    /// Begins a step whose items print by themselves, as cargo does; no bar is drawn over that.
    pub(crate) fn start_plain(what: &'static str, items: usize) -> Steps {
        Steps {
            what,
            items,
            bar: None,
            begun: 0.into(),
        }
    }
}

/// A step under way.
pub(crate) struct Steps {
    what: &'static str,
    items: usize,
    bar: Option<ProgressBar>,
    begun: std::cell::Cell<usize>,
}

impl Steps {
    /// The next item is begun; former ones may be under way still.
    pub(crate) fn step(&self, item: &str) {
        let number = self.begun.get() + 1;
        self.begun.set(number);
        match &self.bar {
            Some(bar) => bar.set_message(item.to_owned()),
            None => tell(&format!(
                "{} {item} ({number} of {})",
                self.what, self.items
            )),
        }
    }

    /// An item has ended, well or not.
    pub(crate) fn ended(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }

    /// All items are done.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
