//! The environment of the flow's program: the worker's, and `env` of the deployment.
//!
//! A run has no say in it. Who may create runs would otherwise choose what is executed, by a library that the loader
//! takes first, and where credentials go.

use serde_json::{Map, Value};

use crate::error::RunError;

/// Job variable with the variables of a deployment's or a run's environment.
const ENV: &str = "env";

/// Beginning of a job variable that stands for one variable of the environment.
const DOTTED: &str = "env.";

/// Variables that make the loader or the C library execute other code.
const OF_THE_LOADER: &[&str] = &["LD_*", "GCONV_PATH", "GLIBC_TUNABLES", "LOCPATH"];

/// Variables by which a worker tells a job its run and its server.
const OF_THE_WORKER: &[&str] = &[
    "PREFECT__*",
    "PREFECT_API_*",
    "PREFECT_CLIENT_CUSTOM_HEADERS",
    "PREFECT_HOME",
    "PREFECT_PROFILE",
    "PREFECT_PROFILES_PATH",
    "LONGSHORE_ARTIFACT_SHA256",
];

/// Variables that decide which program is found, which store is allowed, and which credentials go where.
const OF_THE_OPERATOR: &[&str] = &[
    "PATH",
    "HOME",
    "PWD",
    "TMPDIR",
    "XDG_*",
    "ENV",
    "BASH_ENV",
    "LONGSHORE_*",
    "AZURE_*",
    "IDENTITY_*",
    "IMDS_*",
    "MSI_*",
    "SSL_CERT_*",
    "*_PROXY",
];

/// The deployment's `env`: names and values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) set: Vec<(String, String)>,
    /// What a run named for itself; a worker of an open pool has put it into the environment.
    pub(crate) of_the_run: Vec<(String, String)>,
}

impl Environment {
    /// Takes `env` of the deployment, and refuses what would change the program or its server.
    ///
    /// # Errors
    /// The run names a variable that decides what is executed or where credentials go, or the deployment one that
    /// changes the program or its server.
    pub(crate) fn of(
        deployment: &Map<String, Value>,
        run: &Map<String, Value>,
    ) -> Result<Self, RunError> {
        let of_the_run = pairs(run);
        let of_a_run = [OF_THE_LOADER, OF_THE_WORKER, OF_THE_OPERATOR].concat();
        let refused = named(&of_the_run, &of_a_run);
        if !refused.is_empty() {
            return Err(RunError::EnvironmentOfRun { names: refused });
        }
        let set = pairs(deployment);
        let refused = named(&set, &[OF_THE_LOADER, OF_THE_WORKER].concat());
        if !refused.is_empty() {
            return Err(RunError::EnvironmentOfDeployment { names: refused });
        }
        Ok(Self { set, of_the_run })
    }

    /// Names that a run gave without effect.
    pub(crate) fn ignored(&self) -> Option<String> {
        let names: Vec<String> = self
            .of_the_run
            .iter()
            .map(|(name, _)| format!("`{name}`"))
            .collect();
        (!names.is_empty()).then(|| names.join(", "))
    }
}

/// The names and values of `env`, and of job variables such as `env.NAME`: workers of Prefect 3 merge those into it.
fn pairs(variables: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let dotted = variables
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(DOTTED)?, value)));
    let environment = variables.get(ENV).and_then(Value::as_object);
    let environment = environment.into_iter().flatten();
    // The later of two equal names wins, which is the one in `env` on a worker too.
    dotted
        .chain(environment.map(|(name, value)| (name.as_str(), value)))
        .filter(|(name, _)| !name.is_empty() && !name.contains(['=', '\0']))
        .filter_map(|(name, value)| Some((name.to_owned(), text(value)?.replace('\0', ""))))
        .collect()
}

/// The names that a pattern matches, with quotes and commas; `*` stands for any text.
fn named(pairs: &[(String, String)], patterns: &[&str]) -> String {
    let refused = pairs.iter().map(|(name, _)| name).filter(|name| {
        // `http_proxy` counts in lower case too.
        let name = name.to_ascii_uppercase();
        patterns.iter().any(|pattern| {
            if let Some(start) = pattern.strip_suffix('*') {
                name.starts_with(start)
            } else if let Some(end) = pattern.strip_prefix('*') {
                name.ends_with(end)
            } else {
                name == *pattern
            }
        })
    });
    let refused: Vec<String> = refused.map(|name| format!("`{name}`")).collect();
    refused.join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(deployment: &Value, run: &Value) -> Result<Environment, String> {
        let map = |value: &Value| json!({ "env": value }).as_object().cloned().unwrap();
        Environment::of(&map(deployment), &map(run)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_run_that_chooses_what_is_executed_is_refused() {
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "PATH",
            "HOME",
            "LONGSHORE_STORES",
            "LONGSHORE_CACHE",
            "AZURE_STORAGE_CONNECTION_STRING",
            "AZURE_CLIENT_ID",
            "IDENTITY_ENDPOINT",
            "PREFECT_API_URL",
            "PREFECT__FLOW_RUN_ID",
            "https_proxy",
            "HTTP_PROXY",
            "SSL_CERT_FILE",
        ] {
            let error = of(&json!({}), &json!({ "FINE": "1", name: "x" })).unwrap_err();
            assert!(error.contains(&format!("`{name}`")), "{error}");
            assert!(!error.contains("FINE"), "{error}");
        }
    }

    #[test]
    fn a_variable_with_a_dot_is_one_of_the_environment() {
        let map = |value: Value| value.as_object().cloned().unwrap();
        let run = map(json!({ "env.LD_PRELOAD": "/tmp/x.so" }));
        let error = Environment::of(&Map::new(), &run).unwrap_err().to_string();
        assert!(error.contains("`LD_PRELOAD`"), "{error}");
        let deployment = map(json!({ "env": { "A": "1" }, "env.A": "2", "env.B": "3" }));
        let run = map(json!({ "env.C": "4" }));
        let found = Environment::of(&deployment, &run).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(found.set, [pair("A", "2"), pair("B", "3"), pair("A", "1")]);
        assert_eq!(found.ignored().as_deref(), Some("`C`"));
    }

    #[test]
    fn a_deployment_sets_its_variables_but_neither_loader_nor_server() {
        let set = |pairs: &[(&str, &str)]| Environment {
            set: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            of_the_run: Vec::new(),
        };
        let found = of(
            &json!({ "AZURE_CLIENT_ID": "1", "LEVEL": 3, "NONE": null }),
            &json!({}),
        );
        assert_eq!(found, Ok(set(&[("AZURE_CLIENT_ID", "1"), ("LEVEL", "3")])));
        for name in ["LD_PRELOAD", "PREFECT_API_URL", "PREFECT__FLOW_RUN_ID"] {
            let error = of(&json!({ name: "x" }), &json!({})).unwrap_err();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }

    #[test]
    fn what_a_run_names_is_known_so_that_it_can_be_told() {
        let found = of(&json!({ "A": "1" }), &json!({ "A": "2", "B": "3" })).unwrap();
        assert_eq!(found.set, [("A".to_owned(), "1".to_owned())]);
        assert_eq!(found.ignored().as_deref(), Some("`A`, `B`"));
        assert_eq!(of(&json!({}), &json!(null)).unwrap().ignored(), None);
    }
}
