//! What a plan shows of a new deployment, and of a changed environment.

use longshore::record::{
    DeploymentRecord, EnvironmentVariable, JobVariables, Literal, ParameterValues, SecretRecord,
};
use longshore_prefect::Deployment;
use serde_json::json;

use super::sample::{deployment, desired, flow, pool, stored};
use crate::desired::Desired;
use crate::observe::Observed;
use crate::plan::options::PlanOptions;
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::{json as report_json, plan_text};

fn with_environment(values: [(&'static str, &'static str); 3]) -> Desired {
    let mut record: DeploymentRecord = deployment(flow("daily", "finance-daily", 1), "eu");
    let values = values.map(|(name, value)| EnvironmentVariable {
        name: name.parse().unwrap(),
        value,
    });
    record.environment = Box::leak(Box::new(values));
    record.job_variables = JobVariables {
        names: &[],
        values: ParameterValues::Literals(&[("stream_output", Literal::Truth(false))]),
    };
    record.secrets = Box::leak(Box::new(["PRICES", "STORE"].map(|name| SecretRecord {
        name: name.parse().unwrap(),
        reference: "block:prices".parse().unwrap(),
    })));
    desired(record)
}

fn planned(desired: Desired, stored: Option<Deployment>) -> Plan {
    let mut observed = Observed::default();
    let template = json!({ "job_configuration": { "command": "longshore-run" } });
    observed.pools.insert("default".to_owned(), pool(&template));
    observed.deployments = stored
        .map(|stored| (desired.key.clone(), stored))
        .into_iter()
        .collect();
    plan(
        vec![desired],
        &observed,
        ArtifactPlans::default(),
        &super::sample::config(),
        &PlanOptions::default(),
    )
    .unwrap()
}

const FIRST: [(&str, &str); 3] = [
    ("DATABASE", "postgres://reader:geheim@db/prices"),
    ("PRICES_TOKEN", "geheim"),
    ("REGION", "eu"),
];

const SECOND: [(&str, &str); 3] = [
    ("DATABASE", "postgres://reader:other-geheim@db/prices"),
    ("PRICES_TOKEN", "other-geheim"),
    ("REGION", "us"),
];

#[test]
fn a_new_deployment_is_shown_with_environment_job_variables_and_names_of_secrets() {
    let plan = planned(with_environment(FIRST), None);
    let text = plan_text::plan(&plan);
    let expected = "    job_variables.stream_output: false\n    env.DATABASE: \"(hidden)\"\n    \
                    env.PRICES_TOKEN: \"(hidden)\"\n    env.REGION: \"eu\"\n    secrets: PRICES, STORE\n";
    assert!(text.contains(expected), "{text}");
    let value = report_json::plan(&plan, "a server");
    let new = &value["deployments"][0];
    assert_eq!(
        new["job_variables"]["env"],
        json!({ "DATABASE": "(hidden)", "PRICES_TOKEN": "(hidden)", "REGION": "eu" })
    );
    assert_eq!(new["secrets"], json!(["PRICES", "STORE"]));
    assert!(!value.to_string().contains("geheim"), "{value:#}");
    let sent = &plan.deployments[0].desired.fields.job_variables;
    assert_eq!(sent["env"]["PRICES_TOKEN"], json!("geheim"));
}

#[test]
fn a_changed_environment_is_shown_variable_by_variable_without_secrets() {
    let stored = stored(&with_environment(FIRST));
    let plan = planned(with_environment(SECOND), Some(stored.clone()));
    let text = plan_text::plan(&plan);
    let expected = "    job_variables.env.DATABASE: \"(hidden)\" -> \"(hidden)\"\n    \
                    job_variables.env.PRICES_TOKEN: \"(hidden)\" -> \"(hidden)\"\n    \
                    job_variables.env.REGION: \"eu\" -> \"us\"\n";
    assert!(text.contains(expected), "{text}");
    let mut without = stored;
    without.job_variables.remove("env");
    let added = planned(with_environment(SECOND), Some(without));
    for plan in [plan, added] {
        let value = report_json::plan(&plan, "a server").to_string();
        let text = plan_text::plan(&plan);
        assert!(!(value + &text).contains("geheim"), "{text}");
    }
}
