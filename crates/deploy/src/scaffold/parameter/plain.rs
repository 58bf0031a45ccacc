//! Types without parameters of their own that need no code of the user's.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use longshore_spec::TimeSpan;
use serde_json::Value;
use uuid::Uuid;

/// What a type needs in the manifest of the flow crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependency {
    Chrono,
    Jiff,
    Json,
    Uuid,
}

impl Dependency {
    /// The line, and the feature by which `schemars` knows the types.
    pub(super) const fn line(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Chrono => (
                r#"chrono = { version = "0.4", default-features = false, features = ["clock", "serde", "std"] }"#,
                Some("chrono04"),
            ),
            Self::Jiff => (
                r#"jiff = { version = "0.2", default-features = false, features = ["serde", "std", "tzdb-bundle-always"] }"#,
                Some("jiff02"),
            ),
            Self::Json => (r#"serde_json = "1""#, None),
            Self::Uuid => (
                r#"uuid = { version = "1", features = ["serde"] }"#,
                Some("uuid1"),
            ),
        }
    }
}

/// A type without parameters of its own.
#[derive(Debug)]
pub(super) struct Plain {
    /// As it stands in the code, with its whole path.
    pub(super) name: &'static str,
    /// How it may be typed too.
    pub(super) short: &'static [&'static str],
    /// A value as it is typed, which also serves the test.
    pub(super) sample: &'static str,
    /// The value as an expression, if it is one of the type.
    pub(super) expression: fn(&str) -> Option<String>,
    /// It can be the key of a map and the element of a set.
    pub(super) is_key: bool,
    pub(super) dependency: Option<Dependency>,
}

impl Plain {
    const fn new(
        name: &'static str,
        sample: &'static str,
        expression: fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            name,
            short: &[],
            sample,
            expression,
            is_key: true,
            dependency: None,
        }
    }

    const fn also(mut self, short: &'static [&'static str]) -> Self {
        self.short = short;
        self
    }

    const fn no_key(mut self) -> Self {
        self.is_key = false;
        self
    }

    const fn of(mut self, dependency: Dependency) -> Self {
        self.dependency = Some(dependency);
        self
    }

    /// The type of this name, which may be a short one.
    pub(super) fn find(name: &str) -> Option<&'static Self> {
        PLAIN
            .iter()
            .find(|plain| plain.name == name || plain.short.contains(&name))
    }
}

fn displayed<T: FromStr + fmt::Debug>(text: &str) -> Option<String> {
    let value: T = text.parse().ok()?;
    Some(format!("{value:?}"))
}

fn finite<T: FromStr + Into<f64>>(text: &str) -> Option<String> {
    let finite = text.parse::<T>().ok()?.into().is_finite();
    // As it was typed, since a conversion may add digits; a whole number is no float in Rust.
    let whole = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    finite.then(|| {
        format!(
            "{}{}",
            text.trim_start_matches('+'),
            if whole { ".0" } else { "" }
        )
    })
}

/// The text, with or without quotes around it.
fn unquoted(text: &str) -> &str {
    let inner = text.strip_prefix('"');
    inner
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

fn quoted(text: &str) -> Option<String> {
    Some(format!("{:?}", unquoted(text)))
}

fn path(text: &str) -> Option<String> {
    let path = PathBuf::from(unquoted(text));
    Some(format!("std::path::PathBuf::from({path:?})"))
}

fn span(text: &str) -> Option<String> {
    let span: TimeSpan = unquoted(text).parse().ok()?;
    let milliseconds = span.as_millis();
    Some(if milliseconds.is_multiple_of(1000) {
        format!("std::time::Duration::from_secs({})", milliseconds / 1000)
    } else {
        format!("std::time::Duration::from_millis({milliseconds})")
    })
}

/// A date or time that the code reads from its text, which has been read here.
fn parsed<T: FromStr>(text: &str) -> Option<String> {
    let text = unquoted(text);
    text.parse::<T>().ok()?;
    Some(format!("{text:?}.parse().expect(\"a valid time\")"))
}

fn moment(text: &str) -> Option<String> {
    let text = unquoted(text);
    DateTime::<FixedOffset>::parse_from_rfc3339(text).ok()?;
    // Which the parsers of `jiff` and `chrono` both take.
    Some(format!("{text:?}.parse().expect(\"a valid time\")"))
}

fn date(text: &str) -> Option<String> {
    let date: NaiveDate = unquoted(text).parse().ok()?;
    let (year, month, day) = (date.year(), date.month(), date.day());
    Some(format!("jiff::civil::date({year}, {month}, {day})"))
}

fn uuid(text: &str) -> Option<String> {
    let id: Uuid = unquoted(text).parse().ok()?;
    Some(format!("uuid::uuid!(\"{id}\")"))
}

fn json(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(format!("serde_json::json!({value})"))
}

macro_rules! integer {
    ($name:ident) => {
        Plain::new(stringify!($name), "1", displayed::<$name>)
    };
}

pub(super) const PLAIN: [Plain; 27] = [
    Plain::new("String", "example", quoted),
    Plain::new("bool", "true", displayed::<bool>),
    Plain::new("char", "a", displayed::<char>),
    Plain::new("f64", "0.5", finite::<f64>).no_key(),
    Plain::new("f32", "0.5", finite::<f32>).no_key(),
    integer!(u8),
    integer!(u16),
    integer!(u32),
    integer!(u64),
    integer!(usize),
    integer!(i8),
    integer!(i16),
    integer!(i32),
    integer!(i64),
    integer!(isize),
    Plain::new("std::path::PathBuf", "data/example", path).also(&["PathBuf", "path::PathBuf"]),
    Plain::new("std::time::Duration", "90s", span)
        .also(&["Duration", "time::Duration"])
        .no_key(),
    Plain::new("serde_json::Value", "{}", json)
        .also(&["Value"])
        .no_key()
        .of(Dependency::Json),
    Plain::new("jiff::Timestamp", "2026-01-31T06:00:00Z", moment)
        .also(&["Timestamp"])
        .of(Dependency::Jiff),
    Plain::new("jiff::civil::Date", "2026-01-31", date)
        .also(&["Date", "civil::Date"])
        .of(Dependency::Jiff),
    Plain::new("jiff::civil::Time", "06:00:00", parsed::<NaiveTime>)
        .also(&["Time", "civil::Time"])
        .of(Dependency::Jiff),
    Plain::new(
        "jiff::civil::DateTime",
        "2026-01-31T06:00:00",
        parsed::<NaiveDateTime>,
    )
    .also(&["civil::DateTime"])
    .of(Dependency::Jiff),
    Plain::new(
        "chrono::DateTime<chrono::Utc>",
        "2026-01-31T06:00:00Z",
        moment,
    )
    .also(&[
        "DateTime<Utc>",
        "DateTime<chrono::Utc>",
        "chrono::DateTime<Utc>",
    ])
    .of(Dependency::Chrono),
    Plain::new("chrono::NaiveDate", "2026-01-31", parsed::<NaiveDate>)
        .also(&["NaiveDate"])
        .of(Dependency::Chrono),
    Plain::new("chrono::NaiveTime", "06:00:00", parsed::<NaiveTime>)
        .also(&["NaiveTime"])
        .of(Dependency::Chrono),
    Plain::new(
        "chrono::NaiveDateTime",
        "2026-01-31T06:00:00",
        parsed::<NaiveDateTime>,
    )
    .also(&["NaiveDateTime"])
    .of(Dependency::Chrono),
    Plain::new("uuid::Uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8", uuid)
        .also(&["Uuid"])
        .of(Dependency::Uuid),
];
