//! Asks an artifact for its registry and compares it with the one of this program.

use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use longshore::registry::Registry;
use longshore_spec::Explain;
use serde_json::Value;
use tokio::process::Command;

use super::output::{LARGEST, OutputError, output};

/// Time in which a program must have described itself; it only prints constants.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// An artifact does not hold what this program would register.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DescribeError {
    #[error("cannot start the program of `{package}` to ask what it holds")]
    Start { package: String, source: io::Error },
    #[error("the program of `{package}` did not say what it holds within 60 s")]
    Late { package: String },
    #[error("the program of `{package}` did not say what it holds: it ended with {status}{}",
        if message.is_empty() { String::new() } else { format!(": {message}") })]
    Failed {
        package: String,
        status: ExitStatus,
        message: String,
    },
    #[error("the description of the flow binary of `{package}` has more than {} MiB", LARGEST / (1024 * 1024))]
    TooLarge { package: String },
    #[error("what the program of `{package}` says of itself is not JSON")]
    Answer {
        package: String,
        source: serde_json::Error,
    },
    #[error("cannot describe the flows of `{package}`")]
    Own {
        package: String,
        source: serde_json::Error,
    },
    #[error(
        "this `deploy` program is not of the same sources as the program of `{package}`: {difference}"
    )]
    Stale { package: String, difference: String },
}

impl Explain for DescribeError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Start { .. } => {
                "artifacts are started once where they are deployed from; build for this machine"
                    .to_owned()
            }
            Self::Late { package }
            | Self::Failed { package, .. }
            | Self::TooLarge { package }
            | Self::Answer { package, .. } => {
                format!(
                    "its src/main.rs is one line, `longshore::main!(...)`; try `cargo run -p {package} -- describe`"
                )
            }
            Self::Own { .. } => "its parameter values must be writable as JSON".to_owned(),
            Self::Stale {
                package,
                difference,
            } => {
                let again =
                    "run `cargo run --bin deploy` again, which builds both from the same sources";
                if difference.starts_with(KNOWN_HERE) {
                    // cargo unifies the features of everything that it builds in one call.
                    format!(
                        "{again}; features that `deploy` enables are not those of the program: \
                         one in a `#[cfg(feature = ...)]` of a flow has to be a default of `{package}`"
                    )
                } else {
                    again.to_owned()
                }
            }
        })
    }
}

/// What the linked registry says of a package, in the form of `describe`.
///
/// # Errors
/// A parameter value cannot be written as JSON.
pub(crate) fn own_description(registry: &Registry, package: &str) -> Result<Value, DescribeError> {
    let own = registry.of_package(package);
    let mut value = serde_json::to_value(own).map_err(|source| DescribeError::Own {
        package: package.to_owned(),
        source,
    })?;
    value["package"] = package.into();
    Ok(value)
}

/// Asks a program what it holds.
///
/// # Errors
/// It cannot be started, fails, or answers no JSON.
pub(crate) async fn describe(package: &str, program: &Path) -> Result<Value, DescribeError> {
    let package = package.to_owned();
    let mut command = Command::new(program);
    let call = output(command.arg("describe"));
    let output = match tokio::time::timeout(TIME_LIMIT, call).await {
        Err(_) => return Err(DescribeError::Late { package }),
        Ok(Err(OutputError::Process(source))) => {
            return Err(DescribeError::Start { package, source });
        }
        Ok(Err(OutputError::TooLarge)) => return Err(DescribeError::TooLarge { package }),
        Ok(Ok(output)) => output,
    };
    if !output.status.success() {
        return Err(DescribeError::Failed {
            package,
            status: output.status,
            message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|source| DescribeError::Answer { package, source })
}

/// Compares what this program would register with what the artifact holds.
///
/// # Errors
/// They differ; the first difference is named.
pub(crate) fn compare(package: &str, own: &Value, artifact: &Value) -> Result<(), DescribeError> {
    match difference(own, artifact) {
        None => Ok(()),
        Some(difference) => Err(DescribeError::Stale {
            package: package.to_owned(),
            difference,
        }),
    }
}

/// How a difference starts that is about something which the program lacks.
const KNOWN_HERE: &str = "it knows ";

fn difference(own: &Value, artifact: &Value) -> Option<String> {
    for (kind, list) in [("flow", "flows"), ("deployment", "deployments")] {
        if let Some(found) = list_difference(kind, &own[list], &artifact[list]) {
            return Some(found);
        }
    }
    let (path, left, right) = value_difference("", own, artifact)?;
    Some(changed(&path, left, right))
}

fn list_difference(kind: &str, own: &Value, artifact: &Value) -> Option<String> {
    let empty = Vec::new();
    let own = own.as_array().unwrap_or(&empty);
    let artifact = artifact.as_array().unwrap_or(&empty);
    for left in own {
        let Some(right) = artifact
            .iter()
            .find(|right| identity(right) == identity(left))
        else {
            return Some(format!(
                "{KNOWN_HERE}the {kind} `{}`, the program does not",
                identity(left)
            ));
        };
        if let Some((path, left_value, right_value)) = value_difference("", left, right) {
            let text = changed(&path, left_value, right_value);
            return Some(format!("{kind} `{}`, {text}", identity(left)));
        }
    }
    let added = artifact
        .iter()
        .find(|right| own.iter().all(|left| identity(left) != identity(right)))?;
    Some(format!(
        "the program has the {kind} `{}`, it does not",
        identity(added)
    ))
}

/// `flow` or `flow/deployment`.
fn identity(record: &Value) -> String {
    let name = record["name"].as_str().unwrap_or_default();
    match record["flow"].as_str() {
        Some(flow) => format!("{flow}/{name}"),
        None => name.to_owned(),
    }
}

type Difference<'a> = (String, Option<&'a Value>, Option<&'a Value>);

fn value_difference<'a>(path: &str, left: &'a Value, right: &'a Value) -> Option<Difference<'a>> {
    let below = |key: &str| {
        if path.is_empty() {
            key.to_owned()
        } else {
            format!("{path}.{key}")
        }
    };
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            left.keys()
                .chain(right.keys())
                .find_map(|key| match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => value_difference(&below(key), left, right),
                    (left, right) => Some((below(key), left, right)),
                })
        }
        (Value::Array(left), Value::Array(right)) => {
            (0..left.len().max(right.len())).find_map(|index| {
                match (left.get(index), right.get(index)) {
                    (Some(left), Some(right)) => {
                        value_difference(&below(&index.to_string()), left, right)
                    }
                    (left, right) => Some((below(&index.to_string()), left, right)),
                }
            })
        }
        (left, right) if left == right => None,
        (left, right) => Some((path.to_owned(), Some(left), Some(right))),
    }
}

fn changed(path: &str, own: Option<&Value>, artifact: Option<&Value>) -> String {
    let text = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), short);
    format!(
        "`{path}`: it has {}, the program {}",
        text(own),
        text(artifact)
    )
}

/// A value's JSON, cut to one readable piece.
fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 60 {
        return text;
    }
    let start: String = text.chars().take(57).collect();
    format!("{start}...")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn description(days: u32) -> Value {
        json!({
            "package": "finance-daily",
            "flows": [{ "name": "daily", "retries": 2 }],
            "deployments": [{ "name": "eu", "flow": "daily", "parameters": { "days": days } }],
        })
    }

    fn message(own: &Value, artifact: &Value) -> String {
        let error = compare("finance-daily", own, artifact).unwrap_err();
        assert!(
            error
                .help()
                .is_some_and(|help| help.contains("cargo run --bin deploy"))
        );
        error.to_string()
    }

    #[test]
    fn equal_descriptions_are_of_the_same_sources() {
        assert!(compare("finance-daily", &description(7), &description(7)).is_ok());
    }

    #[test]
    fn a_changed_field_is_named_with_its_deployment() {
        let text = message(&description(7), &description(8));
        assert!(
            text.ends_with("deployment `daily/eu`, `parameters.days`: it has 7, the program 8"),
            "{text}"
        );
    }

    #[test]
    fn a_flow_that_only_one_side_has_is_named() {
        let mut without = description(7);
        without["flows"] = json!([]);
        let text = message(&description(7), &without);
        assert!(
            text.ends_with("it knows the flow `daily`, the program does not"),
            "{text}"
        );
        let text = message(&without, &description(7));
        assert!(
            text.ends_with("the program has the flow `daily`, it does not"),
            "{text}"
        );
    }

    #[test]
    fn features_are_named_where_the_program_lacks_a_flow() {
        let mut without = description(7);
        without["flows"] = json!([]);
        let help = |own: &Value, artifact: &Value| {
            let error = compare("finance-daily", own, artifact).unwrap_err();
            error.help().unwrap_or_default()
        };
        let lacking = help(&description(7), &without);
        assert!(
            lacking.contains("has to be a default of `finance-daily`"),
            "{lacking}"
        );
        assert!(!help(&description(7), &description(8)).contains("feature"));
    }

    #[test]
    fn another_package_is_a_difference() {
        let mut other = description(7);
        other["package"] = json!("other");
        let text = message(&description(7), &other);
        assert!(text.contains("`package`"), "{text}");
    }

    #[tokio::test]
    async fn a_program_that_is_no_flow_is_told_from_one() {
        let error = describe("finance-daily", Path::new("/bin/true"))
            .await
            .unwrap_err();
        assert!(matches!(error, DescribeError::Answer { .. }), "{error:?}");
        let error = describe("finance-daily", Path::new("/bin/false"))
            .await
            .unwrap_err();
        assert!(matches!(error, DescribeError::Failed { .. }), "{error:?}");
        let error = describe("finance-daily", Path::new("/nowhere"))
            .await
            .unwrap_err();
        assert!(matches!(error, DescribeError::Start { .. }), "{error:?}");
        let error = describe("finance-daily", Path::new("/usr/bin/yes"))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("finance-daily") && text.contains("64 MiB"),
            "{text}"
        );
    }
}
