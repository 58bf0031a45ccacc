//! Values of parameters as texts give them: the flags of a flow's program, and `deploy run --param`.

use longshore_spec::{Explain, suggest};
use serde_json::Value;

use super::{UnstorableError, check_storable};
use crate::record::FlowRecord;

/// How a text becomes the JSON value of a parameter.
#[derive(Clone)]
pub(crate) enum Form {
    Text,
    WholeNumber,
    Number,
    Boolean,
    Choice(Vec<String>),
    Json,
}

/// A text that has not the form of its parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FormError {
    #[error("it is no whole number")]
    WholeNumber,
    #[error("it is no number")]
    Number,
    #[error("it is neither `true` nor `false`")]
    Boolean,
    #[error("it is none of `{}`", .0.join("`, `"))]
    Choice(Vec<String>),
    #[error("it is no JSON ({0}); lists and objects are given as JSON")]
    Json(String),
}

/// A text that cannot be the value of a parameter.
#[derive(Debug, thiserror::Error)]
pub enum ParameterTextError {
    /// The flow has no such parameter.
    #[error("the flow `{flow}` has no parameter `{name}`")]
    Unknown {
        /// The flow.
        flow: String,
        /// The name as given.
        name: String,
        /// The parameters that it has.
        known: Vec<&'static str>,
    },
    /// The text has another form, such as letters for a number.
    #[error("the parameter `{name}` cannot be `{text}`: {reason}")]
    Form {
        /// The parameter.
        name: String,
        /// The text as given.
        text: String,
        /// What is wrong about it.
        reason: String,
        /// What it may have been meant to be.
        nearest: Option<String>,
    },
    /// The value does not fit the parameter's Rust type.
    #[error("the parameter `{name}` cannot be `{text}`")]
    Type {
        /// The parameter.
        name: String,
        /// The text as given.
        text: String,
        /// What `serde` says of the value.
        source: serde_json::Error,
    },
    /// A server cannot store or return the value.
    #[error("the parameter `{name}` cannot be `{text}`")]
    Unstorable {
        /// The parameter.
        name: String,
        /// The text as given.
        text: String,
        /// Why not.
        source: UnstorableError,
    },
}

impl Explain for ParameterTextError {
    fn help(&self) -> Option<String> {
        match self {
            Self::Unknown { known, .. } if known.is_empty() => {
                Some("the flow takes no parameters".to_owned())
            }
            Self::Unknown { name, known, .. } => {
                Some(match suggest::nearest(name, known.iter().copied()) {
                    Some(nearest) => format!("write `{nearest}`"),
                    None => format!("it has `{}`", known.join("`, `")),
                })
            }
            Self::Form { nearest, .. } => nearest.as_ref().map(|text| format!("write `{text}`")),
            Self::Type { .. } => None,
            Self::Unstorable { source, .. } => Some(source.help().to_owned()),
        }
    }
}

impl Form {
    /// The form that the schema of a parameter asks for; `definitions` are those of the whole schema.
    pub(crate) fn of(schema: &Value, definitions: &Value) -> Self {
        if let Some(target) = reference(schema) {
            return Self::of(&definitions[target], definitions);
        }
        if let Some(choices) = schema["enum"].as_array() {
            let words: Option<Vec<String>> = choices
                .iter()
                .filter(|choice| !choice.is_null())
                .map(|choice| choice.as_str().map(str::to_owned))
                .collect();
            return words.map_or(Self::Json, Self::Choice);
        }
        for key in ["anyOf", "allOf", "oneOf"] {
            let Some(arms) = schema[key].as_array() else {
                continue;
            };
            let mut arms = arms.iter().filter(|arm| arm["type"] != "null");
            return match (arms.next(), arms.next()) {
                (Some(only), None) => Self::of(only, definitions),
                _ => Self::Json,
            };
        }
        match schema["type"].as_str() {
            Some("string") => Self::Text,
            Some("integer") => Self::WholeNumber,
            Some("number") => Self::Number,
            Some("boolean") => Self::Boolean,
            _ => Self::Json,
        }
    }

    /// The value that a text stands for.
    pub(crate) fn read(&self, text: &str) -> Result<Value, FormError> {
        let number = || text.parse::<serde_json::Number>().ok();
        match self {
            Self::Text => Ok(Value::from(text)),
            Self::WholeNumber => number()
                .filter(|number| !number.is_f64())
                .map(Value::Number)
                .ok_or(FormError::WholeNumber),
            Self::Number => number().map(Value::Number).ok_or(FormError::Number),
            Self::Boolean => match text {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(FormError::Boolean),
            },
            Self::Choice(choices) if choices.iter().any(|choice| choice == text) => {
                Ok(Value::from(text))
            }
            Self::Choice(choices) => Err(FormError::Choice(choices.clone())),
            Self::Json => {
                serde_json::from_str(text).map_err(|error| FormError::Json(error.to_string()))
            }
        }
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/definitions/")
}

impl FlowRecord {
    /// The value of a parameter that a text stands for, as the flags of the flow's program read it; `null` stands for
    /// no value unless the parameter is a text.
    ///
    /// # Errors
    /// The flow has no such parameter, or the text does not fit its type.
    pub fn parameter_value(&self, name: &str, text: &str) -> Result<Value, ParameterTextError> {
        let mut parameters = self.parameters.iter();
        let Some(parameter) = parameters.find(|parameter| parameter.name == name) else {
            return Err(ParameterTextError::Unknown {
                flow: self.name.to_string(),
                name: name.to_owned(),
                known: self.parameters.iter().map(|known| known.name).collect(),
            });
        };
        let schema = self.parameter_schema();
        let form = match Form::of(&schema["properties"][name], &schema["definitions"]) {
            Form::WholeNumber | Form::Number | Form::Boolean if text == "null" => Form::Json,
            form => form,
        };
        let value = form.read(text).map_err(|error| ParameterTextError::Form {
            name: name.to_owned(),
            text: text.to_owned(),
            nearest: match &error {
                FormError::Choice(choices) => {
                    suggest::nearest(text, choices.iter().map(String::as_str)).map(str::to_owned)
                }
                _ => None,
            },
            reason: error.to_string(),
        })?;
        check_storable(&value).map_err(|source| ParameterTextError::Unstorable {
            name: name.to_owned(),
            text: text.to_owned(),
            source,
        })?;
        match parameter.check(&value) {
            Ok(()) => Ok(value),
            Err(source) => Err(ParameterTextError::Type {
                name: name.to_owned(),
                text: text.to_owned(),
                source,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use super::*;
    use crate::body::{FlowBody, body};
    use crate::parameter::{Default, ParameterRecord, typed};
    use crate::record::SourceLocation;

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "lowercase")]
    enum Region {
        North,
        South,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Window {
        days: u8,
    }

    static PARAMETERS: [ParameterRecord; 6] = [
        ParameterRecord::new("region", None, &typed::<Region>(Default::Required)),
        ParameterRecord::new("days", None, &typed::<Option<u32>>(Default::Null)),
        ParameterRecord::new("title", None, &typed::<Option<String>>(Default::Null)),
        ParameterRecord::new("window", None, &typed::<Window>(Default::Required)),
        ParameterRecord::new("dry", None, &typed::<bool>(Default::Required)),
        ParameterRecord::new("id", None, &typed::<u64>(Default::Required)),
    ];

    async fn nothing() {}

    const BODY: &dyn FlowBody = &body::<_, ()>(nothing);

    fn read(name: &str, text: &str) -> Result<Value, ParameterTextError> {
        let flow = FlowRecord {
            name: "report".parse().unwrap(),
            function: "report",
            package: "report",
            package_version: "1.0.0",
            source: SourceLocation {
                file: "src/lib.rs",
                line: 1,
                column: 1,
            },
            description: None,
            version: None,
            run_name: None,
            retries: 0,
            retry_delay: &[],
            timeout: None,
            parameters: &PARAMETERS,
            body: BODY,
        };
        flow.parameter_value(name, text)
    }

    #[test]
    fn a_text_becomes_the_value_that_the_type_asks_for() {
        for (name, text, value) in [
            ("region", "north", json!("north")),
            ("days", "7", json!(7)),
            ("days", "null", json!(null)),
            ("title", "7", json!("7")),
            ("title", "null", json!("null")),
            ("title", "", json!("")),
            ("window", r#"{"days": 3}"#, json!({ "days": 3 })),
            ("dry", "true", json!(true)),
            ("id", "9223372036854775807", json!(i64::MAX)),
        ] {
            assert_eq!(read(name, text).unwrap(), value, "{name}={text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_with_the_nearest_that_would() {
        for (name, text, expected, help) in [
            (
                "regoin",
                "north",
                "has no parameter `regoin`",
                Some("write `region`"),
            ),
            (
                "colour",
                "red",
                "has no parameter `colour`",
                Some("it has `region`, `days`"),
            ),
            (
                "region",
                "nort",
                "it is none of `north`, `south`",
                Some("write `north`"),
            ),
            (
                "days",
                "seven",
                "`days` cannot be `seven`: it is no whole number",
                None,
            ),
            ("days", "1.5", "it is no whole number", None),
            ("days", "-1", "`days` cannot be `-1`", None),
            ("window", "3 days", "it is no JSON", None),
            ("window", r#"{"days": 300}"#, "`window` cannot be", None),
            ("dry", "yes", "neither `true` nor `false`", None),
            (
                "id",
                "9223372036854775808",
                "`id` cannot be `9223372036854775808`",
                Some("write a smaller number"),
            ),
            ("title", "a\0b", "`title` cannot be", Some("remove `\\0`")),
        ] {
            let error = read(name, text).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            match help {
                Some(help) => assert!(error.help().unwrap().starts_with(help), "{error}"),
                None => assert_eq!(error.help(), None, "{error}"),
            }
        }
    }
}
