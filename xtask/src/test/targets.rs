//! The integration tests that there are, as cargo reports them while it builds them.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use longshore_rig::RigError;
use serde_json::Value;

use crate::command::Error;

/// Builds the tests with a command that prints JSON messages, and returns the names of the integration tests.
///
/// # Errors
/// Cargo does not start, or the build fails.
pub(super) fn build(
    command: &mut Command,
    install: &'static str,
) -> Result<BTreeSet<String>, Error> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| RigError::Missing {
            program: command.get_program().to_string_lossy().into_owned(),
            install,
            source,
        })?;
    if !output.status.success() {
        return Err(Error::Build {
            status: output.status,
        });
    }
    Ok(names(&String::from_utf8_lossy(&output.stdout)))
}

fn names(messages: &str) -> BTreeSet<String> {
    messages.lines().filter_map(name).collect()
}

/// The name of the integration test that a message is about.
fn name(message: &str) -> Option<String> {
    let message: Value = serde_json::from_str(message).ok()?;
    let target = &message["target"];
    let is_test = message["reason"] == "compiler-artifact"
        && message["executable"].is_string()
        && target["kind"][0] == "test";
    is_test.then(|| target["name"].as_str().map(str::to_owned))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integration_tests_are_named_once_and_other_targets_are_not() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"a"},"executable":"/t/a-1"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"it"},"executable":"/t/it-1"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"it"},"executable":"/t/it-2"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"workspaces"},"executable":"/t/w"}
{"reason":"compiler-artifact","target":{"kind":["test"],"name":"checked"},"executable":null}
{"reason":"build-finished","success":true}
not JSON"#;
        assert_eq!(
            names(messages).into_iter().collect::<Vec<_>>(),
            ["it", "workspaces"]
        );
    }
}
