//! Replaces secrets in text, whatever encoding they are in.
//!
//! A [`Mask`] searches a text and its decoded views for the encoded forms of each secret, and replaces the
//! merged ranges in one pass: no secret hides another one, and no part of a longer secret remains.

mod forms;
mod view;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError};

use forms::Form;
use view::View;

/// Replacement of a secret.
pub const MASK: &str = "********";

/// Length in bytes from which a string is masked; a shorter one would match by chance everywhere.
pub const SHORTEST: usize = 4;

/// Secrets to replace, and the automaton that finds all their forms at once.
#[derive(Default)]
pub struct Mask {
    secrets: Vec<String>,
    forms: Vec<Form>,
    /// `None` without secrets.
    automaton: Option<AhoCorasick>,
}

impl Mask {
    /// Creates a mask of these secrets.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut mask = Self::default();
        mask.add(secrets);
        mask
    }

    /// Adds secrets; those shorter than [`SHORTEST`] are ignored. Each line of a secret is a secret too.
    pub fn add<'a>(&mut self, secrets: impl IntoIterator<Item = &'a str>) {
        let known = self.secrets.len();
        for secret in secrets {
            let lines = secret.lines().map(str::trim);
            for part in std::iter::once(secret).chain(lines) {
                if part.len() >= SHORTEST && !self.secrets.iter().any(|known| known == part) {
                    self.secrets.push(part.to_owned());
                }
            }
        }
        if self.secrets.len() > known {
            self.forms = self
                .secrets
                .iter()
                .flat_map(|secret| forms::of(secret))
                .collect();
            self.automaton = Some(automaton(&self.forms));
        }
    }

    /// Returns the text with each secret replaced by [`MASK`].
    ///
    /// Secrets are found as they are, in Base64 (both alphabets, at any position of the encoded value, as in
    /// `user:secret`), in hexadecimal (either case), percent-encoded, and with the escapes of JSON and `Debug`, also if
    /// these are applied up to three times.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Some(automaton) = &self.automaton else {
            return Cow::Borrowed(text);
        };
        let mut ranges = Vec::new();
        for view in view::all(text.as_bytes()) {
            self.find(automaton, &view, &mut ranges);
        }
        if ranges.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(replaced(text.as_bytes(), merged(ranges)))
    }

    /// Adds the ranges of the original text whose view holds a form.
    fn find(&self, automaton: &AhoCorasick, view: &View<'_>, ranges: &mut Vec<Range<usize>>) {
        let bytes = view.bytes();
        for found in automaton.find_overlapping_iter(bytes) {
            let mut range = found.range();
            if self.forms[found.pattern().as_usize()].is_base64 {
                range = forms::with_shared_digits(bytes, range);
            }
            ranges.push(view.original(range));
        }
    }
}

impl fmt::Debug for Mask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Mask")
            .field("secrets", &self.secrets.len())
            .finish()
    }
}

#[expect(
    clippy::expect_used,
    reason = "fails from 2^31 states on: secrets of gigabytes"
)]
fn automaton(forms: &[Form]) -> AhoCorasick {
    let built: Result<AhoCorasick, BuildError> =
        AhoCorasick::new(forms.iter().map(|form| &form.bytes));
    built.expect("secrets fit into an automaton")
}

/// Joins ranges that overlap or touch, in order.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

fn replaced(text: &[u8], ranges: Vec<Range<usize>>) -> String {
    let mut output = Vec::with_capacity(text.len());
    let mut end = 0;
    for range in ranges {
        output.extend_from_slice(&text[end..range.start]);
        output.extend_from_slice(MASK.as_bytes());
        end = range.end;
    }
    output.extend_from_slice(&text[end..]);
    // A form may end within a character of the text if the text is not what its encoding says.
    String::from_utf8(output)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests;
