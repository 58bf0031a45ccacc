//! Reads TOML section by section and collects what is wrong in it, each with its place.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use longshore_spec::kubernetes::ObjectName;
use longshore_spec::{Explain, suggest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{FILE, is_of_workspace_name};

/// Where something stands in `longshore.toml`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn of(text: &str, offset: usize) -> Self {
        let before = &text[..text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Self {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FILE}:{}:{}", self.line, self.column)
    }
}

/// One mistake in `longshore.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Problem {
    #[error("{place}: {message}")]
    Syntax { place: Place, message: String },
    #[error("{place}: unknown key `{key}` in {section}")]
    UnknownKey {
        place: Place,
        key: String,
        section: String,
        nearest: Option<&'static str>,
        known: Vec<&'static str>,
    },
    #[error("{place}: `{key}` in {section} must be {expected}, not {found}")]
    WrongType {
        place: Place,
        key: String,
        section: String,
        expected: &'static str,
        found: &'static str,
    },
    #[error("{place}: {section} has no `{key}`")]
    Missing {
        place: Place,
        section: String,
        key: &'static str,
    },
    #[error("{place}: `{key}` in {section}: {message}")]
    Value {
        place: Place,
        section: String,
        key: String,
        message: String,
        remedy: Option<String>,
    },
}

impl Problem {
    fn place(&self) -> Place {
        match self {
            Self::Syntax { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::WrongType { place, .. }
            | Self::Missing { place, .. }
            | Self::Value { place, .. } => *place,
        }
    }
}

impl Explain for Problem {
    fn help(&self) -> Option<String> {
        match self {
            Self::Syntax { .. } => None,
            Self::UnknownKey {
                nearest: Some(key), ..
            } => Some(format!("write `{key}`")),
            Self::UnknownKey { known, .. } => {
                let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
                Some(format!("known here: {}", known.join(", ")))
            }
            Self::WrongType { key, expected, .. } => {
                Some(format!("write `{key} = ` and {expected}"))
            }
            Self::Missing { section, key, .. } => Some(format!("add `{key}` to {section}")),
            Self::Value { remedy, .. } => remedy.clone(),
        }
    }
}

/// The mistakes found so far.
pub(super) struct Problems<'a> {
    text: &'a str,
    found: RefCell<Vec<Problem>>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            found: RefCell::default(),
        }
    }

    /// What was found, in the order of the text.
    pub(super) fn into_inner(self) -> Vec<Problem> {
        let mut found = self.found.into_inner();
        found.sort_by_key(Problem::place);
        found
    }

    fn push(&self, problem: Problem) {
        self.found.borrow_mut().push(problem);
    }

    fn place(&self, offset: usize) -> Place {
        Place::of(self.text, offset)
    }
}

/// Parses the whole text.
///
/// # Errors
/// It is not TOML.
pub(super) fn document(text: &str) -> Result<Spanned<DeTable<'_>>, Problem> {
    DeTable::parse(text).map_err(|error| Problem::Syntax {
        place: Place::of(text, error.span().map_or(0, |span| span.start)),
        message: error.message().replace('\n', ", "),
    })
}

/// One table and what it is called in messages.
pub(super) struct Section<'a> {
    name: String,
    start: usize,
    table: &'a DeTable<'a>,
    problems: &'a Problems<'a>,
}

impl<'a> Section<'a> {
    /// The table of the whole document.
    pub(super) fn root(document: &'a Spanned<DeTable<'a>>, problems: &'a Problems<'a>) -> Self {
        Self {
            name: "the file".to_owned(),
            start: 0,
            table: document.get_ref(),
            problems,
        }
    }

    /// Reports every key but these.
    pub(super) fn only(&self, known: &[&'static str]) {
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            self.problems.push(Problem::UnknownKey {
                place: self.problems.place(key.span().start),
                key: name.to_owned(),
                section: self.name.clone(),
                nearest: suggest::nearest(name, known.iter().copied())
                    .and_then(|nearest| known.iter().copied().find(|key| *key == nearest)),
                known: known.to_vec(),
            });
        }
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, expected: &'static str) {
        self.problems.push(Problem::WrongType {
            place: self.problems.place(value.span().start),
            key: key.to_owned(),
            section: self.name.clone(),
            expected,
            found: value.get_ref().type_str(),
        });
    }

    fn below(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> Option<Section<'a>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, value, "a table");
            return None;
        };
        let name = if self.start == 0 && self.name == "the file" {
            format!("[{key}]")
        } else {
            format!("{}.{key}]", self.name.trim_end_matches(']'))
        };
        Some(Section {
            name,
            start: value.span().start,
            table,
            problems: self.problems,
        })
    }

    /// The table under `key`.
    pub(super) fn table(&self, key: &str) -> Option<Section<'a>> {
        self.below(key, self.value(key)?)
    }

    /// The table under `key`; a missing one is a mistake.
    pub(super) fn required(&self, key: &'static str) -> Option<Section<'a>> {
        if self.value(key).is_none() {
            self.missing(key);
        }
        self.table(key)
    }

    /// The tables in the table under `key`, by name.
    pub(super) fn tables(&self, key: &str) -> Vec<(String, Section<'a>)> {
        let Some(outer) = self.table(key) else {
            return Vec::new();
        };
        outer
            .table
            .iter()
            .filter_map(|(name, value)| {
                let name = name.get_ref().to_string();
                let section = outer.below(&name, value)?;
                Some((name, section))
            })
            .collect()
    }

    /// The text under `key`.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        let value = self.value(key)?;
        match value.get_ref().as_str() {
            Some("") => {
                self.bad_value(key, value, "the text is empty".to_owned(), None);
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.wrong_type(key, value, "a text in quotes");
                None
            }
        }
    }

    /// Whether there is a value under `key`.
    pub(super) fn has(&self, key: &str) -> bool {
        self.value(key).is_some()
    }

    /// The list of texts under `key`.
    pub(super) fn texts(&self, key: &str) -> Option<Vec<String>> {
        let value = self.value(key)?;
        let texts = value.get_ref().as_array().and_then(|values| {
            let texts = values.iter().map(|value| value.get_ref().as_str());
            let texts = texts.map(|text| text.filter(|text| !text.is_empty()));
            texts.map(|text| text.map(str::to_owned)).collect()
        });
        if texts.is_none() {
            self.wrong_type(key, value, "a list of texts in quotes");
        }
        texts
    }

    /// The name of a Kubernetes object under `key`.
    pub(super) fn kubernetes_name(&self, key: &str) -> Option<String> {
        let name = self.text(key)?;
        self.check_kubernetes_name(key, &name).then_some(name)
    }

    /// The names of Kubernetes objects under `key`.
    pub(super) fn kubernetes_names(&self, key: &str) -> Vec<String> {
        let names = self.texts(key).unwrap_or_default();
        let is_name = |name: &String| self.check_kubernetes_name(key, name);
        names.into_iter().filter(is_name).collect()
    }

    fn check_kubernetes_name(&self, key: &str, name: &str) -> bool {
        let Err(error) = name.parse::<ObjectName>() else {
            return true;
        };
        let help = error.help().unwrap_or_default();
        self.problem(key, &error.to_string(), &help);
        false
    }

    /// The truth value under `key`.
    pub(super) fn flag(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, "`true` or `false`");
        }
        flag
    }

    /// The text under `key`, judged by the rule of its type.
    pub(super) fn parsed<T>(&self, key: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Explain,
    {
        let value = self.value(key)?;
        let text = self.text(key)?;
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                self.bad_value(key, value, error.to_string(), error.help());
                None
            }
        }
    }

    /// The text under `key`, judged by the rule of the type that it becomes part of.
    pub(super) fn template<T>(&self, key: &str, sample: impl Fn(&str) -> String) -> Option<String>
    where
        T: FromStr,
        T::Err: Explain,
    {
        let value = self.value(key)?;
        let text = self.text(key)?;
        match sample(&text).parse::<T>() {
            Ok(_) => Some(text),
            Err(error) => {
                self.bad_value(key, value, error.to_string(), error.help());
                None
            }
        }
    }

    /// Reports what is wrong about a key, be it there or not.
    pub(super) fn problem(&self, key: &str, message: &str, remedy: &str) {
        let at = self
            .value(key)
            .map_or(self.start, |value| value.span().start);
        self.problems.push(Problem::Value {
            place: self.problems.place(at),
            section: self.name.clone(),
            key: key.to_owned(),
            message: message.to_owned(),
            remedy: Some(remedy.to_owned()),
        });
    }

    /// Judges the last part of this section's own name.
    pub(super) fn check_name<T>(&self, name: &str)
    where
        T: FromStr,
        T::Err: Explain,
    {
        if let Err(error) = name.parse::<T>() {
            self.problems.push(Problem::Value {
                place: self.problems.place(self.start),
                section: self.name.clone(),
                key: name.to_owned(),
                message: error.to_string(),
                remedy: error.help(),
            });
        }
    }

    /// A name of letters, digits, `-`, `_` and `.`, which must be there.
    pub(super) fn required_name(&self, key: &'static str) -> Option<String> {
        let Some(value) = self.value(key) else {
            self.missing(key);
            return None;
        };
        let text = self.text(key)?;
        let bad = text.chars().find(|letter| !is_of_workspace_name(*letter));
        if let Some(letter) = bad {
            let message = format!("`{text}` has the character `{}`", letter.escape_debug());
            let remedy = "use letters, digits, `-`, `_` and `.`".to_owned();
            self.bad_value(key, value, message, Some(remedy));
            return None;
        }
        Some(text)
    }

    fn missing(&self, key: &'static str) {
        self.problems.push(Problem::Missing {
            place: self.problems.place(self.start),
            section: self.name.clone(),
            key,
        });
    }

    fn bad_value(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        message: String,
        remedy: Option<String>,
    ) {
        self.problems.push(Problem::Value {
            place: self.problems.place(value.span().start),
            section: self.name.clone(),
            key: key.to_owned(),
            message,
            remedy,
        });
    }
}
