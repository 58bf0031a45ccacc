//! Variables: values that people keep on the server for runs to read.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::run::{self, Server};
use crate::server_call::ServerCall;

/// Beginning of the variable of the environment that stands for one in a local run.
const ENVIRONMENT: &str = "LONGSHORE_VARIABLE_";

/// Why a variable cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum VariableError {
    /// The server refuses, or has been away for too long.
    #[error("the variable `{name}` cannot be read")]
    Server {
        /// Its name.
        name: String,
        /// What happened.
        source: longshore_prefect::Error,
    },
    /// The value is of another type.
    #[error("the value of the variable `{name}` does not fit")]
    Value {
        /// Its name.
        name: String,
        /// What `serde` says of the value.
        source: serde_json::Error,
    },
}

/// The value that the server has for a variable, as it is now; `None` if it has none.
///
/// A text that is no value of the type is read as JSON: Prefect 2.20 keeps texts only. Outside of a run it is the
/// environment variable `LONGSHORE_VARIABLE_<NAME>`, the name in upper case.
///
/// ```no_run
/// # async fn flow() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let rows: Option<u32> = longshore::variable("largest_rows").await?;
/// # Ok(())
/// # }
/// ```
pub fn variable<T: DeserializeOwned + Send + 'static>(
    name: impl Into<String>,
) -> ServerCall<Result<Option<T>, VariableError>> {
    let name = name.into();
    let attempt = run::current();
    ServerCall::new(async move {
        let value = match attempt {
            Some(attempt) => match attempt.server() {
                Server::Prefect(api) => match api.variable(&name).await {
                    Ok(value) => value,
                    Err(source) => return Err(VariableError::Server { name, source }),
                },
                Server::Memory(memory) => memory.variable(&name),
            },
            None => {
                let variable = format!("{ENVIRONMENT}{}", name.to_uppercase());
                std::env::var(variable).ok().map(Value::String)
            }
        };
        match value.map(read).transpose() {
            Ok(value) => Ok(value),
            Err(source) => Err(VariableError::Value { name, source }),
        }
    })
}

fn read<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    let text = value.as_str().map(str::to_owned);
    match (serde_json::from_value(value), text) {
        (Err(error), Some(text)) => serde_json::from_str(&text).map_err(|_| error),
        (read, _) => read,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_read_as_what_is_asked_for() {
        assert_eq!(read::<String>(json!("42")).expect("a text"), "42");
        assert_eq!(read::<u32>(json!("42")).expect("a number"), 42);
        assert_eq!(read::<u32>(json!(42)).expect("a number"), 42);
        assert_eq!(read::<Vec<u8>>(json!("[1, 2]")).expect("a list"), [1, 2]);
        let error = read::<u32>(json!("many")).expect_err("no number");
        assert!(error.to_string().contains("expected u32"), "{error}");
    }
}
