//! The type of a parameter, and values of it as expressions.

use std::collections::BTreeSet;

use longshore_spec::suggest;
use serde_json::Value;

use super::plain::{Dependency, PLAIN, Plain};
use super::written::Written;

/// The longest array that `serde` and `schemars` know.
const LONGEST_ARRAY: usize = 32;

/// The longest tuple that has `Debug`.
const LONGEST_TUPLE: usize = 12;

const TREE_MAP: &str = "std::collections::BTreeMap";
const HASH_MAP: &str = "std::collections::HashMap";
const SET: &str = "std::collections::BTreeSet";

/// The type whose values are JSON themselves.
const JSON: &str = "serde_json::Value";

/// What is no type here, and what is instead.
const OTHERS: [(&str, &str); 23] = [
    ("&str", "String"),
    ("str", "String"),
    ("text", "String"),
    ("int", "i64"),
    ("integer", "i64"),
    ("float", "f64"),
    ("boolean", "bool"),
    ("Path", "PathBuf"),
    ("&Path", "PathBuf"),
    ("json", "serde_json::Value"),
    ("date", "jiff::civil::Date"),
    ("datetime", "jiff::Timestamp"),
    ("DateTime", "jiff::Timestamp"),
    ("DateTime<Local>", "chrono::DateTime<Utc>"),
    ("timedelta", "Duration"),
    ("Option", "Option<u32>"),
    ("Vec", "Vec<u32>"),
    ("list", "Vec<u32>"),
    ("dict", "BTreeMap<String, u32>"),
    ("HashMap", "HashMap<String, u32>"),
    ("BTreeMap", "BTreeMap<String, u32>"),
    ("BTreeSet", "BTreeSet<String>"),
    // The order in a default would change from one build to the next.
    ("HashSet", "BTreeSet<String>"),
];

const COLLECTIONS: [&str; 5] = ["Option", "Vec", "HashMap", "BTreeMap", "BTreeSet"];

/// What would be written for a name that is not known.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let head = name.split('<').next().unwrap_or(name);
    let other = |name| OTHERS.iter().find(|(other, _)| *other == name);
    if let Some((_, known)) = other(name).or_else(|| other(head)) {
        return Some(known);
    }
    let names = || {
        let plain = PLAIN.iter().flat_map(|plain| plain.short);
        plain.copied().chain(PLAIN.iter().map(|plain| plain.name))
    };
    if let Some(known) = suggest::nearest(name, names()) {
        return names().find(|name| *name == known);
    }
    let collection = suggest::nearest(head, COLLECTIONS)?;
    other(collection).map(|(_, known)| *known)
}

/// The type of a parameter.
#[derive(Debug)]
pub(super) enum Kind {
    Plain(&'static Plain),
    Optional(Box<Kind>),
    List(Box<Kind>),
    Set(&'static Plain),
    /// The map's type, of its keys and of its values.
    Map(&'static str, &'static Plain, Box<Kind>),
    Array(Box<Kind>, usize),
    Tuple(Vec<Kind>),
}

/// A value is none of the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scaffold) struct NoValue {
    pub(super) value: String,
    pub(super) kind: String,
    pub(super) sample: String,
}

/// Why a type cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::scaffold) enum KindError {
    Unknown(String),
    /// It can neither be ordered nor be the name of a field.
    Key(String),
    /// An array or a tuple that is too long, or too short to be one.
    Length(String),
}

impl Kind {
    /// What a written type means.
    ///
    /// # Errors
    /// A part of it is not known, or cannot be where it is.
    pub(super) fn of(written: &Written) -> Result<Self, KindError> {
        let whole = written.to_string();
        if let Some(plain) = Plain::find(&whole) {
            return Ok(Self::Plain(plain));
        }
        let inner = |written| Self::of(written).map(Box::new);
        match written {
            Written::Path(name, arguments) => {
                let name = name.strip_prefix("std::collections::").unwrap_or(name);
                match (name, arguments.as_slice()) {
                    ("Option", [value]) => Ok(Self::Optional(inner(value)?)),
                    ("Vec", [element]) => Ok(Self::List(inner(element)?)),
                    ("BTreeSet", [element]) => Ok(Self::Set(key(element)?)),
                    ("BTreeMap", [of, value]) => Ok(Self::Map(TREE_MAP, key(of)?, inner(value)?)),
                    ("HashMap", [of, value]) => Ok(Self::Map(HASH_MAP, key(of)?, inner(value)?)),
                    _ => Err(KindError::Unknown(whole)),
                }
            }
            Written::Tuple(parts) if (2..=LONGEST_TUPLE).contains(&parts.len()) => {
                let parts = parts.iter().map(Self::of).collect::<Result<_, _>>()?;
                Ok(Self::Tuple(parts))
            }
            Written::Array(element, length) => match length.parse() {
                Ok(length) if (1..=LONGEST_ARRAY).contains(&length) => {
                    Ok(Self::Array(inner(element)?, length))
                }
                _ => Err(KindError::Length(whole)),
            },
            Written::Tuple(_) => Err(KindError::Length(whole)),
        }
    }

    /// As it stands in the code.
    pub(super) fn in_rust(&self) -> String {
        match self {
            Self::Plain(plain) => plain.name.to_owned(),
            Self::Optional(value) => format!("Option<{}>", value.in_rust()),
            Self::List(element) => format!("Vec<{}>", element.in_rust()),
            Self::Set(element) => format!("{SET}<{}>", element.name),
            Self::Map(map, key, value) => format!("{map}<{}, {}>", key.name, value.in_rust()),
            Self::Array(element, length) => format!("[{}; {length}]", element.in_rust()),
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(Self::in_rust).collect();
                format!("({})", parts.join(", "))
            }
        }
    }

    /// A value as it is typed, which also serves the test.
    pub(super) fn sample(&self) -> String {
        match self {
            Self::Plain(plain) => plain.sample.to_owned(),
            other => other.sample_json().to_string(),
        }
    }

    fn sample_json(&self) -> Value {
        match self {
            Self::Plain(plain) => {
                let text = || Value::String(plain.sample.to_owned());
                serde_json::from_str(plain.sample).unwrap_or_else(|_| text())
            }
            Self::Optional(_) => Value::Null,
            Self::List(element) => Value::Array(vec![element.sample_json()]),
            Self::Set(element) => Value::Array(vec![Self::Plain(element).sample_json()]),
            Self::Map(_, key, value) => Value::Object(
                [(key.sample.to_owned(), value.sample_json())]
                    .into_iter()
                    .collect(),
            ),
            Self::Array(element, length) => Value::Array(vec![element.sample_json(); *length]),
            Self::Tuple(parts) => parts.iter().map(Self::sample_json).collect(),
        }
    }

    /// What the flow crate needs for it.
    pub(super) fn dependencies(&self) -> BTreeSet<Dependency> {
        match self {
            Self::Plain(plain) | Self::Set(plain) => plain.dependency.into_iter().collect(),
            Self::Optional(inner) | Self::List(inner) | Self::Array(inner, _) => {
                inner.dependencies()
            }
            Self::Map(_, key, value) => key
                .dependency
                .into_iter()
                .chain(value.dependencies())
                .collect(),
            Self::Tuple(parts) => parts.iter().flat_map(Self::dependencies).collect(),
        }
    }

    /// The expression of a value as it is typed: as JSON, or with commas between the parts of a list.
    ///
    /// # Errors
    /// It is no such value.
    pub(super) fn expression(&self, text: &str) -> Result<String, NoValue> {
        if let Self::Plain(plain) = self {
            return (plain.expression)(text).ok_or_else(|| self.refuses(text));
        }
        if text.starts_with(['[', '{']) || matches!(self, Self::Map(..)) {
            let value = serde_json::from_str(text).map_err(|_| self.refuses(text))?;
            return self.of_json(&value);
        }
        let parts: Vec<&str> = match text {
            "" => Vec::new(),
            text => text.split(',').map(str::trim).collect(),
        };
        let plain = |inner: &Self, part| match inner {
            Self::Plain(_) => inner.owned(part),
            _ => Err(self.refuses(text)),
        };
        self.joined(&parts, |kind, part| plain(kind, part))
            .unwrap_or_else(|| Err(self.refuses(text)))
    }

    /// The same, as an argument of a function.
    ///
    /// # Errors
    /// It is no such value.
    pub(super) fn owned(&self, text: &str) -> Result<String, NoValue> {
        let expression = self.expression(text)?;
        Ok(match self {
            Self::Plain(plain) if plain.name == "String" => format!("{expression}.to_owned()"),
            _ => expression,
        })
    }

    fn of_json(&self, value: &Value) -> Result<String, NoValue> {
        let found = match (self, value) {
            (Self::Plain(plain), Value::String(text)) if plain.name != JSON => {
                return self.owned(text);
            }
            (Self::Plain(_), value) => return self.owned(&value.to_string()),
            (Self::Optional(_), Value::Null) => return Ok("None".to_owned()),
            (Self::Optional(inner), value) => {
                return Ok(format!("Some({})", inner.of_json(value)?));
            }
            (Self::Map(map, key, inner), Value::Object(fields)) => {
                let fields = fields.iter().map(|(name, value)| {
                    let (name, value) = (Self::Plain(key).owned(name)?, inner.of_json(value)?);
                    Ok(format!("({name}, {value})"))
                });
                Some(
                    fields
                        .collect::<Result<_, _>>()
                        .map(|fields: Vec<_>| from(map, &fields)),
                )
            }
            (_, Value::Array(parts)) => self.joined(parts, Self::of_json),
            _ => None,
        };
        found.unwrap_or_else(|| Err(self.refuses(&value.to_string())))
    }

    /// The parts of a list of any kind, if it can have that many.
    fn joined<T>(
        &self,
        parts: &[T],
        expression: impl Fn(&Self, &T) -> Result<String, NoValue>,
    ) -> Option<Result<String, NoValue>> {
        let each = |inner: &Self| -> Result<Vec<String>, NoValue> {
            parts.iter().map(|part| expression(inner, part)).collect()
        };
        match self {
            Self::List(inner) => Some(each(inner).map(|parts| match parts.as_slice() {
                [] => "Vec::new()".to_owned(),
                parts => format!("vec![{}]", parts.join(", ")),
            })),
            Self::Set(inner) => Some(each(&Self::Plain(inner)).map(|parts| from(SET, &parts))),
            Self::Array(inner, length) if *length == parts.len() => {
                Some(each(inner).map(|parts| format!("[{}]", parts.join(", "))))
            }
            Self::Tuple(kinds) if kinds.len() == parts.len() => {
                let parts = kinds.iter().zip(parts);
                let parts: Result<Vec<String>, _> =
                    parts.map(|(kind, part)| expression(kind, part)).collect();
                Some(parts.map(|parts| format!("({})", parts.join(", "))))
            }
            _ => None,
        }
    }

    fn refuses(&self, value: &str) -> NoValue {
        NoValue {
            value: value.to_owned(),
            kind: self.in_rust(),
            sample: self.sample(),
        }
    }
}

fn key(written: &Written) -> Result<&'static Plain, KindError> {
    match Kind::of(written)? {
        Kind::Plain(plain) if plain.is_key => Ok(plain),
        other => Err(KindError::Key(other.in_rust())),
    }
}

/// A collection of its parts.
fn from(collection: &str, parts: &[String]) -> String {
    if parts.is_empty() {
        format!("{collection}::new()")
    } else {
        format!("{collection}::from([{}])", parts.join(", "))
    }
}
