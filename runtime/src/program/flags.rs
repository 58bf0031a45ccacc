//! Command-line flags made from the parameter schema of a flow.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value};

use crate::parameter::{ParameterRecord, ShownDefault};
use crate::record::FlowRecord;

/// How the text of a flag becomes a JSON value.
enum Kind {
    Text,
    WholeNumber,
    Number,
    Boolean,
    Choice(Vec<String>),
    Json,
}

/// The flag of one parameter: `--max-rows` for `max_rows`.
pub(super) fn flag(parameter: &'static ParameterRecord, schema: &Value) -> Arg {
    let property = &schema["properties"][parameter.name];
    let kind = kind(property, &schema["definitions"]);
    let argument = Arg::new(parameter.name)
        .long(parameter.name.replace('_', "-"))
        .required(parameter.required)
        .help(help(parameter));
    match kind {
        Kind::Text => argument
            .value_name("TEXT")
            .value_parser(|text: &str| Ok::<_, String>(Value::from(text))),
        Kind::WholeNumber => argument
            .value_name("NUMBER")
            .allow_negative_numbers(true)
            .value_parser(whole_number),
        Kind::Number => argument
            .value_name("NUMBER")
            .allow_negative_numbers(true)
            .value_parser(number),
        Kind::Boolean => argument
            .value_name("BOOLEAN")
            .num_args(0..=1)
            .default_missing_value("true")
            .value_parser(
                PossibleValuesParser::new(["true", "false"])
                    .map(|text| Value::from(text == "true")),
            ),
        Kind::Choice(choices) => {
            argument.value_parser(PossibleValuesParser::new(choices).map(Value::from))
        }
        Kind::Json => argument.value_name("JSON").value_parser(json),
    }
    .action(ArgAction::Set)
}

/// The values that the command line gives.
pub(super) fn values(flow: &FlowRecord, matches: &ArgMatches) -> Map<String, Value> {
    flow.parameters
        .iter()
        .filter_map(|parameter| {
            let value = matches.get_one::<Value>(parameter.name)?;
            Some((parameter.name.to_owned(), value.clone()))
        })
        .collect()
}

fn help(parameter: &ParameterRecord) -> String {
    let description = parameter.description.unwrap_or_default();
    let default = match parameter.default() {
        ShownDefault::Required => return description.to_owned(),
        ShownDefault::Value(Value::Null) => "[optional]".to_owned(),
        ShownDefault::Value(Value::String(text)) => format!("[default: {text}]"),
        ShownDefault::Value(value) => format!("[default: {value}]"),
        ShownDefault::PerRun => "[default: made per run]".to_owned(),
    };
    format!("{description} {default}").trim().to_owned()
}

fn kind(schema: &Value, definitions: &Value) -> Kind {
    if let Some(target) = reference(schema) {
        return kind(&definitions[target], definitions);
    }
    if let Some(choices) = schema["enum"].as_array() {
        let words: Option<Vec<String>> = choices
            .iter()
            .filter(|choice| !choice.is_null())
            .map(|choice| choice.as_str().map(str::to_owned))
            .collect();
        return words.map_or(Kind::Json, Kind::Choice);
    }
    for key in ["anyOf", "allOf", "oneOf"] {
        let Some(arms) = schema[key].as_array() else {
            continue;
        };
        let mut arms = arms.iter().filter(|arm| arm["type"] != "null");
        return match (arms.next(), arms.next()) {
            (Some(only), None) => kind(only, definitions),
            _ => Kind::Json,
        };
    }
    match schema["type"].as_str() {
        Some("string") => Kind::Text,
        Some("integer") => Kind::WholeNumber,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        _ => Kind::Json,
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/definitions/")
}

fn whole_number(text: &str) -> Result<Value, String> {
    match text.parse::<serde_json::Number>() {
        Ok(number) if !number.is_f64() => Ok(Value::Number(number)),
        _ => Err("it is no whole number".to_owned()),
    }
}

fn number(text: &str) -> Result<Value, String> {
    text.parse::<serde_json::Number>()
        .map(Value::Number)
        .map_err(|_| "it is no number".to_owned())
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("it is no JSON ({error}); lists and objects are given as JSON"))
}
