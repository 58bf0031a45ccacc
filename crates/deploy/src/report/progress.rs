//! Progress of longer steps: a bar on a terminal, one line per item elsewhere.

use std::io::{self, IsTerminal as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use longshore_spec::terminal::escape_line;

use super::tell;

/// How progress is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    bars: bool,
}

impl Progress {
    /// Bars if stderr is a terminal.
    #[expect(clippy::disallowed_methods, reason = "asks, and writes nothing")]
    pub(crate) fn for_stderr() -> Self {
        Self {
            bars: io::stderr().is_terminal(),
        }
    }

    /// Begins a step of so many items, such as `storing`.
    pub(crate) fn start(self, what: &'static str, items: usize) -> Steps {
        Steps {
            what,
            items,
            bar: self.bar(what, items as u64, "{pos}/{len} {msg}"),
            begun: 0.into(),
        }
    }

    /// Begins a step that brings so many bytes somewhere, such as `storing`.
    pub(crate) fn start_transfer(self, what: &'static str, items: usize, bytes: u64) -> Transfer {
        let counts = "{bytes}/{total_bytes}, {bytes_per_sec} {msg}";
        Transfer {
            what,
            items,
            bar: self.bar(what, bytes, counts),
            begun: 0.into(),
        }
    }

    fn bar(self, what: &'static str, length: u64, counts: &str) -> Option<ProgressBar> {
        (self.bars && length > 0).then(|| {
            let bar = ProgressBar::new(length);
            let style =
                ProgressStyle::with_template(&format!("{{prefix:>12}} [{{bar:30}}] {counts}"));
            if let Ok(style) = style {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.with_prefix(what)
        })
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

/// Bytes that are brought somewhere, item by item.
pub(crate) struct Transfer {
    what: &'static str,
    items: usize,
    bar: Option<ProgressBar>,
    begun: AtomicUsize,
}

impl Transfer {
    /// The next item is begun; former ones may be under way still.
    pub(crate) fn step(&self, item: &str, bytes: u64) {
        let number = self.begun.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => bar.set_message(escape_line(item).into_owned()),
            None => tell(&format!(
                "{} {item}, {} ({number} of {})",
                self.what,
                HumanBytes(bytes),
                self.items
            )),
        }
    }

    /// So many more bytes have arrived.
    pub(crate) fn advance(&self, bytes: u64) {
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
        }
    }

    /// All items are done.
    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
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
            Some(bar) => bar.set_message(escape_line(item).into_owned()),
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
