//! A parameter in one line of text: `days: u32 = 7`.

use std::fmt;

use longshore_spec::{Explain, IdentifierError, ParameterName, suggest};

use super::template::sentence;

/// Why a parameter cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ParameterError {
    #[error("the parameter `{text}` has no type")]
    NoType { text: String },
    #[error(transparent)]
    Name(#[from] IdentifierError),
    #[error("the type `{name}` of the parameter `{parameter}` is not known here")]
    Type { parameter: String, name: String },
    #[error("the value `{value}` of the parameter `{parameter}` is no `{kind}`")]
    Value {
        parameter: String,
        value: String,
        kind: &'static str,
    },
    #[error("the parameter `{parameter}` is optional and has the value `{value}`")]
    OptionalValue { parameter: String, value: String },
    #[error("there are two parameters `{parameter}`")]
    Twice { parameter: String },
    #[error("the parameter `{parameter}` has no value, and scheduled runs need one")]
    NoValue {
        parameter: String,
        kind: String,
        sample: &'static str,
    },
}

impl Explain for ParameterError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoType { text } => format!("write `{}: String`, or another type", text.trim()),
            Self::Name(error) => return error.help(),
            Self::Type { name, .. } => match nearest(name) {
                Some(known) => format!("write `{known}`"),
                None => {
                    let known: Vec<&str> = PLAIN.iter().map(|plain| plain.name).collect();
                    format!(
                        "write one of {}, or `Option<...>` or `Vec<...>` of one; the code may have any type afterwards",
                        known.join(", ")
                    )
                }
            },
            Self::Value { kind, .. } => {
                let plain = PLAIN.iter().find(|plain| plain.name == *kind);
                let sample = plain.map_or("1", |plain| plain.sample);
                format!("write a value such as `{sample}`")
            }
            Self::OptionalValue { parameter, .. } => {
                format!("leave the value out, or write `{parameter}` without `Option`")
            }
            Self::Twice { .. } => "give each parameter a name of its own".to_owned(),
            Self::NoValue {
                parameter,
                kind,
                sample,
            } => {
                format!("write `{parameter}: {kind} = {sample}`, or `Option<{kind}>`")
            }
        })
    }
}

/// A type without parameters of its own.
#[derive(Debug)]
struct Plain {
    name: &'static str,
    /// A value as it is typed, which also serves the test.
    sample: &'static str,
    /// The value as an expression, if it is one of the type.
    expression: fn(&str) -> Option<String>,
}

fn displayed<T: std::str::FromStr + fmt::Debug>(text: &str) -> Option<String> {
    let value: T = text.parse().ok()?;
    Some(format!("{value:?}"))
}

fn finite<T: Into<f64>>(text: &str, value: Option<T>) -> Option<String> {
    let finite = value?.into().is_finite();
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
fn quoted(text: &str) -> Option<String> {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    Some(format!("{:?}", inner.unwrap_or(text)))
}

macro_rules! integers {
    ($($name:ident),*) => {
        [$(Plain { name: stringify!($name), sample: "1", expression: displayed::<$name> }),*]
    };
}

const PLAIN: [Plain; 14] = {
    let [a, b, c, d, e, f, g, h, i, j] =
        integers!(u8, u16, u32, u64, usize, i8, i16, i32, i64, isize);
    [
        Plain {
            name: "String",
            sample: "example",
            expression: quoted,
        },
        Plain {
            name: "bool",
            sample: "true",
            expression: displayed::<bool>,
        },
        Plain {
            name: "f64",
            sample: "0.5",
            expression: |text| finite(text, text.parse::<f64>().ok()),
        },
        Plain {
            name: "f32",
            sample: "0.5",
            expression: |text| finite(text, text.parse::<f32>().ok()),
        },
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        i,
        j,
    ]
};

/// What other languages call our types.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("str", "String"),
    ("&str", "String"),
    ("text", "String"),
    ("int", "i64"),
    ("integer", "i64"),
    ("float", "f64"),
    ("boolean", "bool"),
];

fn nearest(name: &str) -> Option<&'static str> {
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name);
    let names = || PLAIN.iter().map(|plain| plain.name);
    let known = suggest::nearest(name, names());
    other
        .map(|(_, known)| *known)
        .or_else(|| names().find(|name| Some(*name) == known))
}

/// How often there is a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    One,
    Optional,
    Many,
}

/// A parameter of the new flow.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: ParameterName,
    number: Number,
    plain: &'static Plain,
    /// Expressions of the default, one unless it is a list.
    default: Option<Vec<String>>,
}

impl Parameter {
    /// Reads `name: Type` or `name: Type = value`; the values of a list have commas between them.
    ///
    /// # Errors
    /// A part is missing or breaks its rule.
    pub(super) fn read(text: &str) -> Result<Self, ParameterError> {
        let (declared, value) = match text.split_once('=') {
            Some((declared, value)) => (declared, Some(value.trim())),
            None => (text, None),
        };
        let Some((name, kind)) = declared.split_once(':') else {
            return Err(ParameterError::NoType {
                text: declared.to_owned(),
            });
        };
        let name: ParameterName = name.trim().parse()?;
        let (number, plain) = read_type(kind.trim()).map_err(|unknown| ParameterError::Type {
            parameter: name.to_string(),
            name: unknown,
        })?;
        let default = match value {
            None => None,
            Some(value) => Some(read_value(&name, number, plain, value)?),
        };
        Ok(Self {
            name,
            number,
            plain,
            default,
        })
    }

    /// Checks what its fellows and the schedule demand.
    ///
    /// # Errors
    /// The name is taken, or a scheduled run would have no value.
    pub(super) fn check(&self, others: &[Self], scheduled: bool) -> Result<(), ParameterError> {
        let parameter = self.name.to_string();
        if others.iter().any(|other| other.name == self.name) {
            return Err(ParameterError::Twice { parameter });
        }
        if scheduled && self.default.is_none() && self.number != Number::Optional {
            return Err(ParameterError::NoValue {
                parameter,
                kind: self.type_name(),
                sample: self.plain.sample,
            });
        }
        Ok(())
    }

    fn type_name(&self) -> String {
        let name = self.plain.name;
        match self.number {
            Number::One => name.to_owned(),
            Number::Optional => format!("Option<{name}>"),
            Number::Many => format!("Vec<{name}>"),
        }
    }

    fn declaration(&self) -> String {
        let Self { name, .. } = self;
        let default = match &self.default {
            None => String::new(),
            Some(values) if self.number == Number::One => {
                format!("    #[param(default = {})]\n", values.join(", "))
            }
            Some(values) => format!("    #[param(default = {})]\n", self.list(values)),
        };
        format!(
            "    /// {}.\n{default}    {name}: {},",
            sentence(name.as_str()),
            self.type_name()
        )
    }

    /// A value for the test: the default, else any.
    fn argument(&self) -> String {
        let sample = || vec![(self.plain.expression)(self.plain.sample).unwrap_or_default()];
        let values = self.default.clone().unwrap_or_else(sample);
        match self.number {
            Number::Optional => "None".to_owned(),
            Number::Many => self.list(&values),
            Number::One => values.iter().map(|value| self.owned(value)).collect(),
        }
    }

    fn list(&self, values: &[String]) -> String {
        if values.is_empty() {
            return "Vec::new()".to_owned();
        }
        let values: Vec<String> = values.iter().map(|value| self.owned(value)).collect();
        format!("vec![{}]", values.join(", "))
    }

    fn owned(&self, value: &str) -> String {
        if self.plain.name == "String" {
            format!("{value}.to_owned()")
        } else {
            value.to_owned()
        }
    }
}

fn read_type(text: &str) -> Result<(Number, &'static Plain), String> {
    let inner = |prefix| text.strip_prefix(prefix)?.strip_suffix('>').map(str::trim);
    let (number, name) = match (inner("Option<"), inner("Vec<")) {
        (Some(name), _) => (Number::Optional, name),
        (None, Some(name)) => (Number::Many, name),
        (None, None) => (Number::One, text),
    };
    let plain = PLAIN.iter().find(|plain| plain.name == name);
    plain.map(|plain| (number, plain)).ok_or(name.to_owned())
}

fn read_value(
    name: &ParameterName,
    number: Number,
    plain: &Plain,
    value: &str,
) -> Result<Vec<String>, ParameterError> {
    if number == Number::Optional {
        return Err(ParameterError::OptionalValue {
            parameter: name.to_string(),
            value: value.to_owned(),
        });
    }
    let values: Vec<&str> = match number {
        Number::Many if value.is_empty() => Vec::new(),
        Number::Many => value.split(',').map(str::trim).collect(),
        Number::One | Number::Optional => vec![value],
    };
    let expressions = values.into_iter().map(|value| {
        (plain.expression)(value).ok_or_else(|| ParameterError::Value {
            parameter: name.to_string(),
            value: value.to_owned(),
            kind: plain.name,
        })
    });
    expressions.collect()
}

/// The parameters in the function's signature.
pub(super) fn declarations(parameters: &[Parameter]) -> String {
    let lines: Vec<String> = parameters.iter().map(Parameter::declaration).collect();
    lines.join("\n")
}

/// Lines of the function's body that log each of them, since an unused one is a warning.
pub(super) fn mentions(parameters: &[Parameter]) -> String {
    let lines = parameters
        .iter()
        .map(|Parameter { name, .. }| format!("    tracing::info!(\"{name} is {{{name}:?}}\");"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Longest list of arguments that rustfmt leaves on one line.
const LINE: usize = 60;

/// The arguments of the call in the test.
pub(super) fn arguments(parameters: &[Parameter]) -> String {
    let arguments: Vec<String> = parameters.iter().map(Parameter::argument).collect();
    let line = arguments.join(", ");
    if line.len() <= LINE {
        return line;
    }
    let lines = arguments
        .iter()
        .map(|argument| format!("\n        {argument},"));
    lines.collect::<String>() + "\n    "
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_a_declaration_and_an_argument() {
        for (text, declaration, argument) in [
            (
                "region: String",
                "    /// Region.\n    region: String,",
                "\"example\".to_owned()",
            ),
            (
                "region:String=north \"sea\"",
                "    /// Region.\n    #[param(default = \"north \\\"sea\\\"\")]\n    region: String,",
                "\"north \\\"sea\\\"\".to_owned()",
            ),
            (
                "max_rows: u32 = 7",
                "    /// Max rows.\n    #[param(default = 7)]\n    max_rows: u32,",
                "7",
            ),
            (
                "share: f64 = 1",
                "    /// Share.\n    #[param(default = 1.0)]\n    share: f64,",
                "1.0",
            ),
            (
                "days: Option<i64>",
                "    /// Days.\n    days: Option<i64>,",
                "None",
            ),
            (
                "areas: Vec<String> = NO1, SE3",
                "    /// Areas.\n    #[param(default = vec![\"NO1\".to_owned(), \"SE3\".to_owned()])]\n    areas: Vec<String>,",
                "vec![\"NO1\".to_owned(), \"SE3\".to_owned()]",
            ),
        ] {
            let parameter = Parameter::read(text).unwrap();
            assert_eq!(parameter.declaration(), declaration);
            assert_eq!(parameter.argument(), argument);
        }
    }

    #[test]
    fn a_mistake_is_named_with_the_fix() {
        for (text, said, help) in [
            (
                "days",
                "the parameter `days` has no type",
                "write `days: String`",
            ),
            ("Days: u32", "has `D` at position 1", "write `days`"),
            ("days: int", "the type `int`", "write `i64`"),
            ("days: Strng", "the type `Strng`", "write `String`"),
            ("days: Option<&str>", "the type `&str`", "write `String`"),
            (
                "days: HashMap<String, u8>",
                "the type `HashMap<String, u8>`",
                "any type afterwards",
            ),
            (
                "days: u8 = 256",
                "the value `256` of the parameter `days` is no `u8`",
                "such as `1`",
            ),
            ("days: u8 = -1", "is no `u8`", "such as `1`"),
            ("share: f64 = NaN", "is no `f64`", "such as `0.5`"),
            ("on: bool = yes", "is no `bool`", "such as `true`"),
            ("list: Vec<u8> = 1, x", "the value `x`", "such as `1`"),
            ("days: Option<u8> = 1", "is optional", "without `Option`"),
        ] {
            let error = Parameter::read(text).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            let remedy = error.help().unwrap();
            assert!(remedy.contains(help), "{remedy}");
        }
    }

    #[test]
    fn a_scheduled_flow_needs_every_value() {
        let required = Parameter::read("days: u32").unwrap();
        assert_eq!(required.check(&[], false), Ok(()));
        let error = required.check(&[], true).unwrap_err();
        assert_eq!(
            error.help().unwrap(),
            "write `days: u32 = 1`, or `Option<u32>`"
        );
        let optional = Parameter::read("days: Option<u32>").unwrap();
        assert_eq!(optional.check(&[], true), Ok(()));
        let error = optional.check(&[required], false).unwrap_err();
        assert_eq!(error.to_string(), "there are two parameters `days`");
    }

    #[test]
    fn many_arguments_stand_on_lines_of_their_own() {
        let parameters: Vec<Parameter> = ["one", "two", "three"]
            .map(|name| Parameter::read(&format!("{name}: String = a long value of it")).unwrap())
            .into();
        let line = "\n        \"a long value of it\".to_owned(),";
        assert_eq!(arguments(&parameters), line.repeat(3) + "\n    ");
        assert_eq!(
            arguments(&parameters[..1]),
            "\"a long value of it\".to_owned()"
        );
    }
}
