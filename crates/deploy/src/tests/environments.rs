//! Environments: what an overlay makes of a declaration, and what a plan says of it.

use longshore::record::{DeploymentRecord, SecretRecord};
use longshore_spec::{EnvironmentVariableName, Explain as _};
use serde_json::json;

use super::sample::{PACKAGE, artifact, config_of, cron, deployment, desired, flow, pool, stored};
use crate::config::Config;
use crate::desired::Desired;
use crate::observe::Observed;
use crate::plan::options::{MissingPools, Orphans, PlanOptions};
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::{json as report_json, plan_text};

const FILE: &str = r#"
[workspace]
name = "acme"
[defaults]
pool = "default"
queue = "slow"
image = "ghcr.io/acme/flows:1.4.0"
[env.staging]
suffix = "-staging"
schedules = false
[env.staging.defaults]
queue = "spare"
image = "ghcr.io/acme/spare:2"
[env.staging.override]
pool = "staging"
[env.live]
schedules = true
[env."pr-*"]
suffix = "-{env}"
schedules = false
[env."pr-*".override]
image_registry = "localhost:5000"
image_tag = "{env}"
"#;

fn config(environment: &str) -> Config {
    let config = config_of(FILE);
    config
        .in_environment(&environment.parse().unwrap())
        .unwrap()
}

/// Two schedules, of which the attribute switches off the second.
fn record() -> DeploymentRecord {
    let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
    let mut off = cron("late", "0 22 * * *");
    off.active = Some(false);
    record.schedules = Box::leak(Box::new([cron("main", "0 6 * * *"), off]));
    record
}

fn of(record: DeploymentRecord, config: &Config) -> Desired {
    let record: &'static DeploymentRecord = Box::leak(Box::new(record));
    Desired::new(record, &PACKAGE, config, Some(&artifact('a'))).unwrap()
}

fn active(desired: &Desired) -> Vec<Option<bool>> {
    let schedules = desired.schedules.iter();
    schedules.map(|schedule| schedule.active).collect()
}

fn planned(desired: Vec<Desired>, observed: &Observed, config: &Config) -> Plan {
    let options = PlanOptions {
        missing_pools: MissingPools::CreateAny,
        orphans: Orphans::Delete { limit: 100 },
        ..PlanOptions::default()
    };
    plan(
        desired,
        observed,
        ArtifactPlans::default(),
        config,
        &options,
    )
    .unwrap()
}

#[test]
fn the_overlay_goes_to_the_deployment_and_never_to_the_flow() {
    let mut record = record();
    record.queue = Some("fast".parse().unwrap());
    record.pool = Some("mine".parse().unwrap());
    record.renamed_from = Some("old".parse().unwrap());
    let desired = of(record, &config("staging"));
    assert_eq!(desired.key.to_string(), "daily/eu-staging");
    assert_eq!(
        desired.former.as_ref().unwrap().to_string(),
        "daily/old-staging"
    );
    let fields = &desired.fields;
    assert_eq!(fields.tags, ["finance", "longshore:acme/staging"]);
    assert_eq!(fields.work_pool_name.as_deref(), Some("staging"));
    assert_eq!(fields.work_queue_name.as_deref(), Some("fast"));
    assert_eq!(fields.job_variables["image"], json!("ghcr.io/acme/spare:2"));
}

#[test]
fn registry_and_tag_are_replaced_in_whatever_image_applies() {
    let preview = config("pr-7");
    let image = |record| of(record, &preview).image.unwrap();
    assert_eq!(image(record()), "localhost:5000/acme/flows:pr-7");
    let mut own = record();
    own.image = Some("quay.io/x/y:1".parse().unwrap());
    assert_eq!(image(own), "localhost:5000/x/y:pr-7");
}

#[test]
fn schedules_are_off_whatever_the_attribute_says_or_on_unless_it_says_so() {
    assert_eq!(active(&of(record(), &config("staging"))), [Some(false); 2]);
    assert_eq!(
        active(&of(record(), &config("live"))),
        [Some(true), Some(false)]
    );
    assert_eq!(active(&desired(record())), [None, Some(false)]);
    // A pause of the whole deployment is none of the environment's business.
    assert_eq!(of(record(), &config("staging")).fields.paused, None);
}

#[test]
fn what_an_operator_switches_on_is_a_difference_where_schedules_are_off() {
    let staging = config("staging");
    let mut observed = Observed::default();
    observed
        .pools
        .insert("staging".to_owned(), pool(&json!({})));
    observed
        .queues
        .insert("staging".to_owned(), ["spare".to_owned()].into());
    let desired = || of(record(), &staging);
    let mut stored = stored(&desired());
    observed.deployments.insert(desired().key, stored.clone());
    assert!(planned(vec![desired()], &observed, &staging).is_empty());
    stored.schedules[0].active = true;
    observed.deployments.insert(desired().key, stored);
    let text = plan_text::plan(&planned(vec![desired()], &observed, &staging));
    assert!(
        text.contains("schedule main, active: true -> false"),
        "{text}"
    );
}

#[test]
fn the_origin_of_each_value_is_told() {
    let mut record = record();
    record.queue = Some("fast".parse().unwrap());
    let preview = config("pr-7");
    let plan = planned(vec![of(record, &preview)], &Observed::default(), &preview);
    let explained = plan_text::explained(&plan);
    for (setting, value, origin) in [
        (
            "name",
            "eu-pr-7",
            "#[deployment], suffix from [env.\"pr-*\"]",
        ),
        ("pool", "default", "[defaults]"),
        ("queue", "fast", "#[deployment]"),
        ("schedules", "off", "[env.\"pr-*\"]"),
        ("storage", ".longshore/artifacts", "Longshore"),
    ] {
        let line = explained
            .lines()
            .find(|line| line.contains(&format!(" {setting} ")))
            .unwrap_or_else(|| panic!("{setting}\n{explained}"));
        assert!(
            line.contains(value) && line.ends_with(origin),
            "{explained}"
        );
    }
    let value = report_json::plan(&plan, "a server");
    assert_eq!(
        value["deployments"][0]["settings"][3],
        json!({
            "name": "image",
            "value": "localhost:5000/acme/flows:pr-7",
            "origin": "[defaults], registry from [env.\"pr-*\".override], tag from [env.\"pr-*\".override]",
        })
    );
    let staging = config("staging");
    let settings = of(self::record(), &staging).settings;
    let origin = |name| {
        &settings
            .iter()
            .find(|setting| setting.name == name)
            .unwrap()
            .origin
    };
    assert_eq!(origin("pool"), "[env.staging.override]");
    assert_eq!(origin("queue"), "[env.staging.defaults]");
}

#[test]
fn an_environment_without_a_suffix_does_not_take_over_the_others_deployments() {
    let live = config("live");
    let production = desired(record());
    let mut observed = Observed::default();
    observed
        .deployments
        .insert(production.key.clone(), stored(&production));
    let refused = plan(
        vec![of(record(), &live)],
        &observed,
        ArtifactPlans::default(),
        &live,
        &PlanOptions {
            missing_pools: MissingPools::CreateAny,
            adopt: true,
            ..PlanOptions::default()
        },
    );
    let text = refused.unwrap_err().to_string();
    assert!(
        text.contains("belongs to another environment of this workspace, `longshore:acme/default`")
            && text.contains("help: give the environment a `suffix`"),
        "{text}"
    );
}

/// `eu` in the environment and a declared `eu-staging` have one name on two servers; a run must find its own secrets.
#[test]
fn a_run_that_looks_for_its_declaration_is_told_the_declared_name() {
    let mut record = record();
    assert_eq!(
        of(record, &config("staging"))
            .fields
            .job_variables
            .get("env"),
        None
    );
    record = self::record();
    record.secrets = secrets("block:token");
    let variables = of(record, &config("staging")).fields.job_variables;
    assert_eq!(variables["env"], json!({ "LONGSHORE_DEPLOYMENT": "eu" }));
    record = self::record();
    record.secrets = secrets("block:token");
    assert_eq!(
        of(record, &config("live")).fields.job_variables.get("env"),
        None
    );
}

#[test]
fn a_secret_that_no_run_could_read_is_refused() {
    let mut record = record();
    record.secrets = secrets("keyvault:acme/token");
    let record: &'static DeploymentRecord = Box::leak(Box::new(record));
    let refused = Desired::new(record, &PACKAGE, &config("live"), None).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "deployment `daily/eu` at projects/finance/daily/src/lib.rs:7:1: Longshore does not read Azure Key Vault yet, so \
         no run could have `API_TOKEN = \"keyvault:acme/token\"`"
    );
    assert!(refused.help().unwrap().contains("`block:"));
}

fn secrets(reference: &'static str) -> &'static [SecretRecord] {
    Box::leak(Box::new([SecretRecord {
        name: EnvironmentVariableName::from_static("API_TOKEN"),
        reference: reference.parse().unwrap(),
    }]))
}
