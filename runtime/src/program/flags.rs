//! Command-line flags made from the parameter schema of a flow.

use clap::builder::{PossibleValuesParser, TypedValueParser, ValueParser};
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::{Map, Value};

use crate::parameter::{Form, ParameterRecord, ShownDefault};
use crate::record::FlowRecord;

/// Name of a parameter's flag: `max-rows` for `max_rows`, and `rows` for `_rows` unless another parameter has it.
///
/// Two hyphens and no more stand before a name, or clap takes it for a mistake of the program.
pub(super) fn name(parameter: &str, all: &[ParameterRecord]) -> String {
    let plain = parameter.trim_start_matches('_');
    let count = parameter.len() - plain.len();
    let is_taken = all
        .iter()
        .any(|other| other.name != parameter && other.name.trim_start_matches('_') == plain);
    let words = plain.replace('_', "-");
    if count > 0 && (is_taken || plain.is_empty()) {
        return format!("{}{words}", "underscore-".repeat(count));
    }
    words
}

/// The flag of one parameter among all of its flow.
pub(super) fn flag(
    parameter: &'static ParameterRecord,
    all: &[ParameterRecord],
    schema: &Value,
) -> Arg {
    let property = &schema["properties"][parameter.name];
    let form = Form::of(property, &schema["definitions"]);
    let argument = Arg::new(parameter.name)
        .long(name(parameter.name, all))
        .required(parameter.required)
        .help(help(parameter));
    match &form {
        Form::Text => argument.value_name("TEXT"),
        Form::WholeNumber | Form::Number => {
            argument.value_name("NUMBER").allow_negative_numbers(true)
        }
        Form::Boolean => argument
            .value_name("BOOLEAN")
            .num_args(0..=1)
            .default_missing_value("true"),
        Form::Choice(_) => argument,
        Form::Json => argument.value_name("JSON"),
    }
    .value_parser(parser(form))
    .action(ArgAction::Set)
}

/// Words that are all there is are shown in the help; whatever else is judged by its form.
fn parser(form: Form) -> ValueParser {
    let words = match &form {
        Form::Boolean => vec!["true".to_owned(), "false".to_owned()],
        Form::Choice(choices) => choices.clone(),
        _ => return ValueParser::from(move |text: &str| form.read(text)),
    };
    PossibleValuesParser::new(words)
        .try_map(move |text| form.read(&text))
        .into()
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
