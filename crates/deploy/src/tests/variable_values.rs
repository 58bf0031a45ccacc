//! Values of job variables: what a plan refuses is what Prefect refuses.

use longshore::record::{DeploymentRecord, JobVariables, Literal, ParameterValues};
use serde_json::{Value, json};

use super::sample::{PACKAGE, artifact, config, config_of, deployment, flow, pool};
use crate::config::Config;
use crate::desired::Desired;
use crate::observe::Observed;
use crate::plan::options::PlanOptions;
use crate::plan::variable_values::VariablesSchema;
use crate::plan::{ArtifactPlans, plan};

/// A job template whose variables have these schemas.
fn template(properties: &Value) -> Value {
    json!({
        "job_configuration": { "command": "longshore-run" },
        "variables": {
            "type": "object",
            "properties": properties,
            "required": ["namespace"],
            "definitions": {
                "Cluster": {
                    "title": "Cluster",
                    "block_type_slug": "kubernetes-cluster-config",
                    "type": "object",
                    "properties": { "config": { "type": "object" } },
                    "required": ["config"],
                },
            },
        },
    })
}

/// The schema of a variable, a value, and what is wrong with it.
fn cases() -> Vec<(Value, Value, Option<&'static str>)> {
    vec![
        (
            json!({ "type": "boolean" }),
            json!("often"),
            Some("want null or boolean, but got string"),
        ),
        (json!({ "type": "boolean" }), json!(false), None),
        (json!({ "type": "boolean" }), json!(null), None),
        (
            json!({ "type": "string", "format": "path" }),
            json!("no path"),
            None,
        ),
        (
            json!({ "type": "string", "enum": ["Always", "Never"] }),
            json!("always"),
            Some("value must be one of 'Always', 'Never'"),
        ),
        (
            json!({ "anyOf": [{ "type": "integer" }, { "type": "null" }] }),
            json!("60"),
            Some("want integer, but got string; want null, but got string"),
        ),
        (json!({ "type": "integer" }), json!(60.0), None),
        (
            json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            json!({ "A": 1 }),
            Some("`A`: want string, but got number"),
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] }),
            json!({ "a": null }),
            Some("`a`: want string, but got null"),
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } } }),
            json!({ "a": null }),
            None,
        ),
        (
            json!({ "type": "object", "properties": { "a": { "type": "string" } }, "required": ["a"] }),
            json!({}),
            None,
        ),
        (
            json!({ "type": "array", "items": { "type": "string" } }),
            json!([1]),
            Some("`0`: want string, but got number"),
        ),
        (
            json!({ "allOf": [{ "$ref": "#/definitions/Cluster" }] }),
            json!({ "$ref": { "block_document_id": "0" } }),
            None,
        ),
    ]
}

fn problem(schema: &Value, value: &Value) -> Option<String> {
    let schema = VariablesSchema::of(&template(&json!({ "x": schema })));
    let variables = json!({ "x": value, "unknown": true });
    let mut found = schema.problems(variables.as_object().unwrap());
    let message = found.remove("x");
    assert!(found.is_empty(), "{found:?}");
    message
}

#[test]
fn values_are_compared_with_the_schema_of_the_pool() {
    for (schema, value, expected) in cases() {
        let found = problem(&schema, &value);
        assert_eq!(found.as_deref(), expected, "{schema} {value}");
    }
}

#[test]
fn a_schema_that_cannot_be_read_refuses_nothing() {
    for schema in [
        json!({ "$ref": "file:///etc/hostname" }),
        json!({ "type": "string", "pattern": "(?<=a)b" }),
        json!({ "type": 3 }),
    ] {
        assert_eq!(problem(&schema, &json!(1)), None, "{schema}");
    }
}

#[test]
fn a_schema_of_an_older_draft_is_read_as_prefect_reads_it() {
    let mut template = template(&json!({ "x": { "type": "string", "format": "uuid" } }));
    template["variables"]["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    let schema = VariablesSchema::of(&template);
    let found = schema.problems(json!({ "x": "not a UUID" }).as_object().unwrap());
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_value_that_looks_like_a_secret_is_not_part_of_the_message() {
    let values = json!({ "type": "string", "pattern": "^[0-9]+$" });
    let schema = json!({ "env": { "type": "object", "additionalProperties": values } });
    let variables = json!({ "env": { "TOKEN": "geheim", "REGION": "eu" } });
    let schema = VariablesSchema::of(&template(&schema));
    let found = schema.problems(variables.as_object().unwrap());
    assert!(!found["env"].contains("geheim"), "{found:?}");
    assert!(
        found["env"].contains("`TOKEN`: its value does not fit"),
        "{found:?}"
    );
    assert!(found["env"].contains("`REGION`: 'eu'"), "{found:?}");
}

fn declared(record: DeploymentRecord, config: &Config) -> Desired {
    let record: &'static DeploymentRecord = Box::leak(Box::new(record));
    Desired::new(record, &PACKAGE, config, Some(&artifact('a'))).unwrap()
}

fn with_variables(name: &'static str) -> DeploymentRecord {
    let mut record = deployment(flow("daily", "finance-daily", 1), name);
    record.job_variables = JobVariables {
        names: &[],
        values: ParameterValues::Literals(&[
            ("namespace", Literal::Natural(7)),
            ("stream_output", Literal::Text("often")),
        ]),
    };
    record
}

fn refusal(desired: Vec<Desired>, config: &Config) -> String {
    let template = template(&json!({
        "image": { "type": "string", "pattern": "^ghcr.io/acme/" },
        "namespace": { "type": "string" },
        "stream_output": { "type": "boolean", "default": true },
    }));
    let mut observed = Observed::default();
    observed.pools.insert("default".to_owned(), pool(&template));
    let options = PlanOptions::default();
    let planned = plan(
        desired,
        &observed,
        ArtifactPlans::default(),
        config,
        &options,
    );
    planned.unwrap_err().to_string()
}

#[test]
fn a_plan_names_every_value_that_does_not_fit_with_its_place() {
    let config = config();
    let desired = ["eu", "us"].map(|name| declared(with_variables(name), &config));
    let expected: Vec<String> = ["eu", "us"]
        .map(|name| {
            let start = format!(
                "error: deployment `daily/{name}` at projects/finance/daily/src/lib.rs:7:1: job variable"
            );
            let end = "does not fit the job template of work pool `default`";
            format!(
                "{start} `namespace` {end}: want string, but got number\n\
                 help: correct the value, or the schema of `namespace` in the job template\n\
                 {start} `stream_output` {end}: want null or boolean, but got string\n\
                 help: correct the value, or the schema of `stream_output` in the job template"
            )
        })
        .into();
    assert_eq!(refusal(desired.into(), &config), expected.join("\n"));
}

#[test]
fn a_value_of_the_configuration_is_named_with_its_origin() {
    let config = config_of(
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\nimage = \"docker.io/acme/flows:1\"\n",
    );
    let record = deployment(flow("daily", "finance-daily", 1), "eu");
    let text = refusal(vec![declared(record, &config)], &config);
    let expected = "job variable `image`, from [defaults] of longshore.toml, does not fit";
    assert!(text.contains(expected), "{text}");
}

#[cfg(feature = "rig")]
mod real {
    use longshore_prefect::{Client, ClientOptions, DeploymentWrite, WorkPoolWrite};
    use longshore_rig::{PrefectServer, Version};

    use super::*;

    async fn compare(version: Version) {
        let server = PrefectServer::start(version).unwrap();
        let client = Client::new(ClientOptions::new(server.api_url())).unwrap();
        let flow = client.upsert_flow("daily", &[]).await.unwrap();
        for (number, (schema, value, expected)) in cases().into_iter().enumerate() {
            let pool = WorkPoolWrite {
                name: format!("pool-{number}"),
                kind: "process".to_owned(),
                base_job_template: template(&json!({ "x": schema })),
                description: None,
                concurrency_limit: None,
            };
            client.create_work_pool(&pool).await.unwrap();
            let mut write = DeploymentWrite::new(format!("eu-{number}"), flow.id);
            write.work_pool_name = Some(pool.name);
            let variables = json!({ "x": value, "unknown": true });
            write.job_variables = variables.as_object().unwrap().clone();
            let refused = client.write_deployment(&write).await.err();
            let status = refused.as_ref().and_then(longshore_prefect::Error::status);
            let expected = expected.map(|_| 422);
            assert_eq!(status, expected, "{schema} {value}: {refused:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn prefect_3_refuses_the_same_values() {
        compare(Version::Prefect3).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn prefect_2_refuses_the_same_values() {
        compare(Version::Prefect2).await;
    }
}

#[test]
fn a_variable_that_the_pool_lacks_is_named_with_its_attribute() {
    let config = config();
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    record.job_variables = JobVariables {
        names: &[],
        values: ParameterValues::Literals(&[
            ("cpu_request", Literal::Text("500m")),
            ("colour", Literal::Text("red")),
        ]),
    };
    let refused = refusal(vec![declared(record, &config)], &config);
    for line in [
        "work pool `default` has no job variable `cpu_request`, which `resources(cpu = ...)` sets\n",
        "work pool `default` has no job variable `colour`\n",
    ] {
        assert!(refused.contains(line), "{refused}");
    }
}
