//! Pools, queues and job variables: plans as values.

use longshore::record::{EnvironmentVariable, JobVariables, Literal, ParameterValues};
use longshore_spec::EnvironmentVariableName;
use serde_json::{Map, Value, json};

use super::sample::{deployment, desired, flow, pool};
use crate::desired::Desired;
use crate::error::Failure;
use crate::observe::Observed;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::{json as report_json, plan_text};

fn in_queue(queue: &str) -> Desired {
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    record.queue = Some(queue.parse().unwrap());
    desired(record)
}

/// A deployment with an image and a job variable `namspace`.
fn with_variables() -> Desired {
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    record.image = Some("ghcr.io/acme/flows:1.4.0".parse().unwrap());
    record.environment = Box::leak(Box::new([EnvironmentVariable {
        name: EnvironmentVariableName::from_static("REGION"),
        value: "eu",
    }]));
    record.job_variables = JobVariables {
        names: &[],
        values: ParameterValues::Literals(&[("namspace", Literal::Text("flows"))]),
    };
    desired(record)
}

/// A server with the pool `default`.
fn observed(template: &Value, queues: &[&str]) -> Observed {
    let mut observed = Observed::default();
    observed.pools.insert("default".to_owned(), pool(template));
    let queues = queues.iter().map(ToString::to_string).collect();
    observed.queues.insert("default".to_owned(), queues);
    observed
}

fn with(desired: Desired, observed: &Observed, options: &PlanOptions) -> Result<Plan, Failure> {
    plan(
        vec![desired],
        observed,
        ArtifactPlans::default(),
        &super::sample::config(),
        options,
    )
}

fn template(variables: &[&str]) -> Value {
    let properties: Map<String, Value> = variables
        .iter()
        .map(|name| ((*name).to_owned(), json!({ "type": "string" })))
        .collect();
    json!({ "job_configuration": {}, "variables": { "type": "object", "properties": properties } })
}

#[test]
fn a_new_queue_is_a_line_of_the_plan() {
    let observed = observed(&json!({}), &["default", "spot"]);
    let plan = with(in_queue("kubernetes"), &observed, &PlanOptions::default()).unwrap();
    let text = plan_text::plan(&plan);
    assert!(
        text.starts_with("+ queue kubernetes in pool default\n+ daily/eu\n"),
        "{text}"
    );
    assert_eq!(
        report_json::plan(&plan, "a server")["queues"],
        json!([{ "pool": "default", "queue": "kubernetes" }])
    );
    let plan = with(in_queue("spot"), &observed, &PlanOptions::default()).unwrap();
    assert!(plan.queues.is_empty());
}

#[test]
fn a_queue_that_looks_misspelt_is_an_error() {
    let observed = observed(&json!({}), &["default", "kubernetes"]);
    let text = with(in_queue("kuberntes"), &observed, &PlanOptions::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "error: queue `kuberntes` is not in work pool `default`, which has `kubernetes`; \
         deployments that name it: `daily/eu` at projects/finance/daily/src/lib.rs:7:1\n\
         help: write `kubernetes`, or give `--create-queues` if a new queue is meant"
    );
    let options = PlanOptions {
        create_queues: true,
        ..PlanOptions::default()
    };
    let plan = with(in_queue("kuberntes"), &observed, &options).unwrap();
    assert_eq!(plan.queues.len(), 1);
}

#[test]
fn short_names_without_a_letter_in_common_are_not_similar() {
    let observed = observed(&json!({}), &["eu"]);
    assert!(with(in_queue("us"), &observed, &PlanOptions::default()).is_ok());
    assert!(with(in_queue("eu2"), &observed, &PlanOptions::default()).is_err());
}

#[test]
fn a_new_pool_brings_its_queue_default() {
    let with = |queue, missing_pools| {
        let options = PlanOptions {
            missing_pools,
            ..PlanOptions::default()
        };
        with(in_queue(queue), &Observed::default(), &options)
    };
    assert!(
        with("default", MissingPools::Create)
            .unwrap()
            .queues
            .is_empty()
    );
    assert!(with("defualt", MissingPools::Create).is_err());
    let plan = with("defualt", MissingPools::CreateAny).unwrap();
    assert_eq!(
        plan.queues.len(),
        1,
        "nothing is refused on a new embedded pool"
    );
}

#[test]
fn an_unknown_job_variable_is_an_error_with_the_nearest_name() {
    let observed = observed(&template(&["image", "namespace"]), &["slow"]);
    let text = with(with_variables(), &observed, &PlanOptions::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        text,
        "error: deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: work pool `default` has no \
         job variable `namspace`\nhelp: write `namespace`"
    );
}

#[test]
fn without_a_nearest_name_those_that_exist_are_told() {
    let observed = observed(&template(&["cpu", "memory"]), &["slow"]);
    let text = with(with_variables(), &observed, &PlanOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        text.ends_with("help: the job template of `default` has `cpu`, `memory`"),
        "{text}"
    );
}

#[test]
fn a_pool_without_a_template_takes_everything() {
    let observed = observed(&json!({}), &["slow"]);
    let plan = with(with_variables(), &observed, &PlanOptions::default()).unwrap();
    let sent = &plan.deployments[0].desired.fields.job_variables;
    assert_eq!(sent["image"], json!("ghcr.io/acme/flows:1.4.0"));
    assert_eq!(sent["namspace"], json!("flows"));
}

#[test]
fn the_image_is_sent_where_the_template_declares_it() {
    let variables = |template| {
        let observed = observed(&template, &["slow"]);
        let plan = with(with_variables(), &observed, &PlanOptions::default()).unwrap();
        let sent = plan.deployments[0].desired.fields.job_variables.clone();
        (sent, plan)
    };
    let (sent, plan) = variables(template(&["image", "namspace"]));
    assert!(sent.contains_key("image"));
    assert!(!plan_text::plan(&plan).contains("not sent"));
    let (sent, plan) = variables(template(&["namspace"]));
    assert!(!sent.contains_key("image"));
    for always in ["artifact", "sha256", "command", "env"] {
        assert!(sent.contains_key(always), "{always}");
    }
    let text = plan_text::plan(&plan);
    assert!(
        text.contains(
            "    image is not sent: the job template of pool default does not declare it\n"
        ),
        "{text}"
    );
    assert_eq!(
        report_json::plan(&plan, "a server")["deployments"][0]["not_sent"],
        json!(["image"])
    );
}
