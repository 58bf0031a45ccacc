//! Events and spans as text.

use std::error::Error;
use std::fmt::{Debug, Write as _};

use tracing::field::{Field, Visit};

use crate::error::chain;

/// Beginning of the fields that say where a record of the `log` crate comes from.
const OF_LOG: &str = "log.";

/// The fields of an event or a span; the message stands first.
#[derive(Debug, Default)]
pub(super) struct Text {
    message: String,
    fields: String,
    /// Target of a record of the `log` crate, whose event has always the same.
    target: Option<String>,
}

impl Text {
    /// The message and the fields after it.
    pub(super) fn event(self) -> String {
        match (self.message.is_empty(), self.fields.is_empty()) {
            (_, true) => self.message,
            (true, false) => self.fields,
            (false, false) => format!("{} {}", self.message, self.fields),
        }
    }

    /// `name{field=value}`.
    pub(super) fn span(&self, name: &str) -> String {
        if self.fields.is_empty() {
            return name.to_owned();
        }
        format!("{name}{{{}}}", self.fields)
    }

    /// The target, where the event itself does not tell it.
    pub(super) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    fn add(&mut self, name: &str, value: std::fmt::Arguments<'_>) {
        if name.starts_with(OF_LOG) {
            return;
        }
        let (text, prefix) = if name == "message" {
            (&mut self.message, "")
        } else {
            if !self.fields.is_empty() {
                self.fields.push(' ');
            }
            (&mut self.fields, name)
        };
        if !prefix.is_empty() {
            text.push_str(prefix);
            text.push('=');
        }
        // Writing to a String does not fail; a value whose Debug fails stays incomplete.
        let _ = text.write_fmt(value);
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.add("message", format_args!("{value}"));
        } else if field.name() == "log.target" {
            self.target = Some(value.to_owned());
        } else {
            self.add(field.name(), format_args!("{value:?}"));
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field.name(), format_args!("{}", chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), format_args!("{value:?}"));
    }
}
