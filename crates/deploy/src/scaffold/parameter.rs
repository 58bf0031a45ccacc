//! A parameter in one line of text: `days: u32 = 7`.

mod error;
mod kind;
mod plain;
mod written;

use std::collections::BTreeSet;

use longshore_spec::ParameterName;

use super::template::sentence;
pub(super) use error::ParameterError;
use kind::{Kind, NoValue};
use plain::Dependency;
use written::Written;

/// A parameter of the new flow.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: ParameterName,
    kind: Kind,
    default: Option<Default>,
}

/// The default as expressions.
#[derive(Debug)]
struct Default {
    /// In the attribute, where a text is a literal.
    shown: String,
    /// As an argument.
    owned: String,
}

impl Parameter {
    /// Reads `name: Type` or `name: Type = value`; the value of a collection is JSON, or its parts with commas between
    /// them.
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
        let parameter = || name.to_string();
        let kind = kind.trim();
        let Some(written) = Written::read(kind) else {
            return Err(ParameterError::NoRust {
                parameter: parameter(),
                text: kind.to_owned(),
            });
        };
        let kind = Kind::of(&written).map_err(|error| ParameterError::Type {
            parameter: parameter(),
            error,
        })?;
        let default = match (value, &kind) {
            (None, _) => None,
            (Some(value), Kind::Optional(_)) => {
                return Err(ParameterError::OptionalValue {
                    parameter: parameter(),
                    value: value.to_owned(),
                });
            }
            (Some(value), kind) => {
                let wrong = |none: NoValue| ParameterError::Value {
                    parameter: parameter(),
                    none,
                };
                Some(Default {
                    shown: kind.expression(value).map_err(wrong)?,
                    owned: kind.owned(value).map_err(wrong)?,
                })
            }
        };
        Ok(Self {
            name,
            kind,
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
        if scheduled && self.default.is_none() && !matches!(self.kind, Kind::Optional(_)) {
            return Err(ParameterError::NoValue {
                parameter,
                kind: self.kind.in_rust(),
                sample: self.kind.sample(),
            });
        }
        Ok(())
    }

    fn declaration(&self) -> String {
        let Self { name, .. } = self;
        let default = match &self.default {
            None => String::new(),
            Some(Default { shown, .. }) => format!("    #[param(default = {shown})]\n"),
        };
        format!(
            "    /// {}.\n{default}    {name}: {},",
            sentence(name.as_str()),
            self.kind.in_rust()
        )
    }

    /// A value for the test: the default, else any.
    fn argument(&self) -> String {
        match (&self.default, &self.kind) {
            (Some(Default { owned, .. }), _) => owned.clone(),
            (None, Kind::Optional(_)) => "None".to_owned(),
            (None, kind) => kind.owned(&kind.sample()).unwrap_or_default(),
        }
    }
}

/// Lines of the manifest for the types that are in no crate of the flow's already.
pub(super) fn dependencies(parameters: &[Parameter]) -> Option<String> {
    let needed = parameters
        .iter()
        .flat_map(|parameter| parameter.kind.dependencies());
    let needed: BTreeSet<Dependency> = needed.collect();
    let lines = needed.iter().map(|dependency| dependency.line());
    let (mut lines, features): (Vec<_>, Vec<_>) = lines.unzip();
    let features: Vec<String> = features
        .into_iter()
        .flatten()
        .map(|feature| format!("\"{feature}\""))
        .collect();
    let schemas = format!(
        "schemars = {{ version = \"1\", features = [{}] }}",
        features.join(", ")
    );
    if !features.is_empty() {
        lines.push(&schemas);
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
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
    use longshore_spec::Explain as _;

    use super::plain::PLAIN;
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
            (
                "on: Vec<NaiveDate> = 2026-01-31",
                "    /// On.\n    #[param(default = vec![\"2026-01-31\".parse().expect(\"a valid time\")])]\n    on: Vec<chrono::NaiveDate>,",
                "vec![\"2026-01-31\".parse().expect(\"a valid time\")]",
            ),
            (
                "weights: HashMap<String,Option<f64>> = {\"a\": 1, \"b\": null}",
                "    /// Weights.\n    #[param(default = std::collections::HashMap::from([(\"a\".to_owned(), Some(1.0)), (\"b\".to_owned(), None)]))]\n    weights: std::collections::HashMap<String, Option<f64>>,",
                "std::collections::HashMap::from([(\"a\".to_owned(), Some(1.0)), (\"b\".to_owned(), None)])",
            ),
            (
                "range: (i64, [char; 2]) = [-1, [\"a\", \"b\"]]",
                "    /// Range.\n    #[param(default = (-1, ['a', 'b']))]\n    range: (i64, [char; 2]),",
                "(-1, ['a', 'b'])",
            ),
            (
                "day: Date = 2026-01-31",
                "    /// Day.\n    #[param(default = jiff::civil::date(2026, 1, 31))]\n    day: jiff::civil::Date,",
                "jiff::civil::date(2026, 1, 31)",
            ),
            (
                "folder: PathBuf = data",
                "    /// Folder.\n    #[param(default = std::path::PathBuf::from(\"data\"))]\n    folder: std::path::PathBuf,",
                "std::path::PathBuf::from(\"data\")",
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
                "days: Vec<Region>",
                "the type `Region`",
                "write `String` now",
            ),
            (
                "days: HashSet<u8>",
                "the type `HashSet<u8>`",
                "write `BTreeSet<String>`",
            ),
            (
                "days: Hashmap<u8, u8>",
                "the type `Hashmap<u8, u8>`",
                "write `HashMap<String, u32>`",
            ),
            (
                "days: chrono::NaiveDat",
                "the type",
                "write `chrono::NaiveDate`",
            ),
            ("days: Vec<u8", "has the type `Vec<u8`", "`Vec<String>`"),
            (
                "days: BTreeMap<f64, u8>",
                "the type `f64` of the parameter `days` can be no key",
                "such as `String`",
            ),
            ("days: [u8; 33]", "the type `[u8; 33]`", "write `Vec<...>`"),
            (
                "days: [u8; 2] = 1",
                "the value `1` of the parameter `days`",
                "`[1,1]`",
            ),
            (
                "days: HashMap<String, u8> = 1",
                "is no `std::collections::HashMap<String, u8>`",
                "such as `{\"example\":1}`",
            ),
            (
                "days: Vec<(u8, bool)> = [[1, 2]]",
                "the value `2`",
                "such as `true`",
            ),
            (
                "day: Date = 2026-02-30",
                "is no `jiff::civil::Date`",
                "such as `2026-01-31`",
            ),
            (
                "wait: Duration = 5",
                "is no `std::time::Duration`",
                "such as `90s`",
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
    fn every_type_has_a_value_for_the_test() {
        for plain in &PLAIN {
            let name = plain.name;
            for kind in [
                name.to_owned(),
                format!("Vec<{name}>"),
                format!("BTreeMap<String, ({name}, [{name}; 2])>"),
            ] {
                let parameter = Parameter::read(&format!("value: {kind}")).unwrap();
                assert_ne!(parameter.argument(), "", "{kind}");
                let sample = parameter.kind.sample();
                let given = Parameter::read(&format!("value: {kind} = {sample}")).unwrap();
                assert_eq!(given.argument(), parameter.argument(), "{kind}");
            }
            for short in plain.short {
                assert_eq!(
                    Parameter::read(&format!("value: {short}"))
                        .unwrap()
                        .kind
                        .in_rust(),
                    name
                );
            }
        }
    }

    #[test]
    fn types_of_other_crates_have_their_lines_in_the_manifest() {
        let lines = |texts: &[&str]| {
            let read = texts.iter().map(|text| Parameter::read(text).unwrap());
            dependencies(&read.collect::<Vec<_>>())
        };
        assert_eq!(lines(&["days: u32", "folder: PathBuf"]), None);
        let json = "serde_json = \"1\"";
        assert_eq!(lines(&["filter: Value"]).as_deref(), Some(json));
        let dates = lines(&[
            "on: NaiveDate",
            "at: Vec<Timestamp>",
            "until: Option<Timestamp>",
        ])
        .unwrap();
        let lines: Vec<&str> = dates.lines().collect();
        assert_eq!(lines.len(), 3, "{dates}");
        assert!(
            lines[0].starts_with("chrono = ") && lines[1].starts_with("jiff = "),
            "{dates}"
        );
        assert_eq!(
            lines[2],
            "schemars = { version = \"1\", features = [\"chrono04\", \"jiff02\"] }"
        );
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
