//! Work pools: the job templates of new ones, and what a plan says about existing ones.

use std::path::Path;

use longshore_prefect::WorkPool;
use serde_json::{Value, json};

use super::sample::{PACKAGE, artifact, config_of, deployment, flow, pool};
use crate::config::Config;
use crate::desired::Desired;
use crate::error::Failure;
use crate::observe::Observed;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::{json as report_json, plan_text};

/// A workspace whose pool `default` has this section.
fn config_with(section: &str) -> Config {
    config_of(&format!(
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n{section}"
    ))
}

fn planned(config: &Config, observed: &Observed, missing_pools: MissingPools) -> Plan {
    try_planned(config, observed, missing_pools).unwrap()
}

fn try_planned(
    config: &Config,
    observed: &Observed,
    missing_pools: MissingPools,
) -> Result<Plan, Failure> {
    let options = PlanOptions {
        missing_pools,
        ..PlanOptions::default()
    };
    plan_with(config, observed, &options)
}

fn plan_with(config: &Config, observed: &Observed, options: &PlanOptions) -> Result<Plan, Failure> {
    let record = Box::leak(Box::new(deployment(
        flow("daily", "finance-daily", 1),
        "eu",
    )));
    let desired = Desired::new(record, &PACKAGE, config, Some(&artifact('a'))).unwrap();
    plan(
        vec![desired],
        observed,
        ArtifactPlans::default(),
        config,
        options,
    )
}

/// The template of a pool that is created with this section.
fn created(section: &str) -> Value {
    let config = config_with(section);
    let mut plan = planned(&config, &Observed::default(), MissingPools::Create);
    plan.pools.remove(0).base_job_template
}

/// Further keys of a pool's section that its type needs.
fn needed(kind: &str) -> &'static str {
    match kind {
        "kubernetes" => {
            "runner_image = \"ghcr.io/acme/longshore-run:0.1\"\nstores = [\"az://acmeflows/flows\"]\n"
        }
        _ => "",
    }
}

fn closed(kind: &str) -> Value {
    created(&format!(
        "[pools.default]\ntype = \"{kind}\"\n{}",
        needed(kind)
    ))
}

fn open(kind: &str) -> Value {
    created(&format!(
        "[pools.default]\ntype = \"{kind}\"\nopen = true\n"
    ))
}

/// The plan against a server whose pool `default` has this template.
fn with_existing(template: &Value, section: &str) -> Plan {
    let mut observed = Observed::default();
    observed.pools.insert("default".to_owned(), pool(template));
    planned(&config_with(section), &observed, MissingPools::Refuse)
}

fn warnings(plan: &Plan) -> String {
    let lines = plan_text::pool_notes(plan)
        .map(|[warning, help]| format!("warning: {warning}\nhelp: {help}\n"));
    lines.collect()
}

/// Every variable that a template uses is declared; Prefect refuses a template otherwise.
fn check_declared(template: &Value) {
    let declared = template["variables"]["properties"].as_object().unwrap();
    let used = template["job_configuration"].to_string();
    for part in used.split("{{ ").skip(1) {
        let name = part.split(" }}").next().unwrap();
        assert!(declared.contains_key(name), "{name} in {template:#}");
    }
    for name in ["artifact", "sha256"] {
        assert!(declared.contains_key(name), "{name} in {template:#}");
    }
}

#[test]
fn runs_of_a_created_pool_choose_neither_command_nor_environment_nor_folder() {
    for kind in ["process", "kubernetes"] {
        let template = closed(kind);
        check_declared(&template);
        let text = template.to_string();
        for name in ["command", "env", "working_dir"] {
            assert!(!text.contains(&format!("{{{{ {name} }}}}")), "{text}");
            let declared = &template["variables"]["properties"];
            assert_eq!(declared.get(name), None, "{kind}: {name}");
        }
        let configuration = &template["job_configuration"];
        // Prefect merges the variables of a run into an `env` that is a map.
        assert_eq!(configuration.get("env"), None);
        assert_eq!(configuration.get("working_dir"), None);
    }
    let process = &closed("process")["job_configuration"];
    assert_eq!(process["command"], json!("longshore-run"));
    let template = closed("kubernetes");
    assert_eq!(template["job_configuration"].get("command"), None);
    let container = container(&template);
    assert_eq!(
        container["command"],
        json!(["/longshore/bin/longshore-run"])
    );
    assert_eq!(container["args"], json!([]));
    assert!(!container["env"].to_string().contains("{{"), "{container}");
    assert_eq!(container["image"], json!("{{ image }}"));
}

/// What Prefect 3.8.8 ships for its Kubernetes worker, in short.
fn of_prefect() -> Value {
    let mut template = open("kubernetes");
    let configuration = &mut template["job_configuration"];
    configuration["cluster_config"] = json!("{{ cluster_config }}");
    let properties = template["variables"]["properties"].as_object_mut().unwrap();
    properties.insert("cluster_config".to_owned(), json!({ "type": "object" }));
    properties.remove("artifact");
    properties.remove("sha256");
    template
}

#[test]
fn a_pool_for_kubernetes_starts_with_the_template_of_the_server() {
    let section = format!(
        "[pools.default]\ntype = \"kubernetes\"\n{}",
        needed("kubernetes")
    );
    let mut observed = Observed::default();
    let templates = &mut observed.worker_templates;
    templates.insert("kubernetes".to_owned(), of_prefect());
    let plan = planned(&config_with(&section), &observed, MissingPools::Create);
    let template = &plan.pools[0].base_job_template;
    check_declared(template);
    let configuration = &template["job_configuration"];
    assert_eq!(
        configuration["cluster_config"],
        json!("{{ cluster_config }}")
    );
    assert_eq!(configuration.get("command"), None);
}

#[test]
fn only_the_init_container_has_credentials_of_the_store() {
    let template = created(
        "[pools.default]\ntype = \"kubernetes\"\nrunner_image = \"acme/longshore-run:0.1\"\n\
         stores = [\"az://acmeflows/flows\"]\nstorage_secret = \"storage\"\nenv_secrets = [\"database\"]\n\
         namespace = \"flows\"\nservice_account = \"flows\"\nworkload_identity = true\n",
    );
    let spec = &template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"];
    let init = &spec["initContainers"][0];
    assert_eq!(init["image"], json!("acme/longshore-run:0.1"));
    assert_eq!(
        init["envFrom"],
        json!([{ "secretRef": { "name": "storage" } }])
    );
    assert_eq!(
        container(&template)["envFrom"],
        json!([{ "secretRef": { "name": "database" } }])
    );
    let properties = &template["variables"]["properties"];
    assert_eq!(properties["namespace"]["default"], json!("flows"));
    assert_eq!(
        properties["service_account_name"]["default"],
        json!("flows")
    );
    assert_eq!(properties["workload_identity"]["default"], json!("true"));
    assert_eq!(spec["automountServiceAccountToken"], json!(false));
}

#[test]
fn a_pool_for_kubernetes_without_a_runner_image_is_not_created() {
    let config = config_with("[pools.default]\ntype = \"kubernetes\"\n");
    let error = try_planned(&config, &Observed::default(), MissingPools::Create).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("work pool `default` of type `kubernetes` needs an image of `longshore-run`"),
        "{text}"
    );
    assert!(text.contains("add `runner_image = "), "{text}");
}

#[test]
fn a_template_that_differs_is_reported_and_updated_on_request() {
    let section = format!(
        "[pools.default]\ntype = \"kubernetes\"\n{}",
        needed("kubernetes")
    );
    let config = config_with(&section);
    let mut stored = closed("kubernetes");
    // A key that Longshore does not set, and one that it sets.
    stored["variables"]["properties"]["team"] = json!({ "type": "string" });
    let mut observed = Observed::default();
    let insert = |observed: &mut Observed, template: &Value| {
        let pool = WorkPool {
            kind: "kubernetes".to_owned(),
            ..pool(template)
        };
        observed.pools.insert("default".to_owned(), pool);
    };
    insert(&mut observed, &stored);
    let plan = planned(&config, &observed, MissingPools::Refuse);
    assert_eq!(plan.pool_notes, []);
    stored["job_configuration"]["job_manifest"]["spec"]["ttlSecondsAfterFinished"] = json!(5);
    stored["job_configuration"]["env"] = json!("{{ env }}");
    insert(&mut observed, &stored);
    let plan = planned(&config, &observed, MissingPools::Refuse);
    let text = warnings(&plan);
    let expected = "warning: the job template of work pool `default` differs from longshore.toml at \
                    `job_configuration.env`, `job_configuration.job_manifest.spec.ttlSecondsAfterFinished`\n\
                    help: add `--update-pools` to write it;";
    assert!(text.starts_with(expected), "{text}");
    let updating = updated(&config, &observed);
    assert_eq!(updating.pool_notes, []);
    let text = plan_text::plan(&updating);
    assert!(
        text.contains("~ job template of work pool `default`\n    job_configuration.env: \"{{ env }}\" -> null\n"),
        "{text}"
    );
    let update = &updating.pool_updates[0];
    assert_eq!(
        update.template["variables"]["properties"]["team"],
        json!({ "type": "string" })
    );
    insert(&mut observed, &update.template);
    assert_eq!(updated(&config, &observed).pool_updates, []);
}

/// A plan with `--update-pools`.
fn updated(config: &Config, observed: &Observed) -> Plan {
    let options = PlanOptions {
        update_pools: true,
        ..PlanOptions::default()
    };
    plan_with(config, observed, &options).unwrap()
}

#[test]
fn a_template_of_the_team_is_written_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let template = json!({ "job_configuration": { "command": "own" }, "variables": {} });
    std::fs::write(folder.path().join("pool.json"), template.to_string()).unwrap();
    let text = "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n\
                [pools.default]\ntype = \"process\"\ntemplate = \"pool.json\"\n";
    std::fs::write(folder.path().join("longshore.toml"), text).unwrap();
    let config = Config::read(folder.path()).unwrap();
    let mut observed = Observed::default();
    let plan = planned(&config, &observed, MissingPools::Create);
    assert_eq!(plan.pools[0].base_job_template, template);
    observed
        .pools
        .insert("default".to_owned(), pool(&closed("process")));
    let plan = updated(&config, &observed);
    assert_eq!(plan.pool_updates[0].template, template);
    std::fs::write(folder.path().join("pool.json"), "{}").unwrap();
    let error = Config::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is not a job template"), "{error}");
}

fn container(template: &Value) -> Value {
    template["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]["containers"][0]
        .clone()
}

#[test]
fn a_created_pool_starts_the_configured_runner() {
    let template = created("[runner]\ncommand = \"/opt/longshore-run\"\n");
    let command = &template["job_configuration"]["command"];
    assert_eq!(*command, json!("/opt/longshore-run"));
}

#[test]
fn a_runner_with_a_placeholder_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[workspace]\nname = \"acme\"\n[runner]\ncommand = \"{{ command }}\"\n";
    std::fs::write(folder.path().join("longshore.toml"), text).unwrap();
    let text = Config::read(folder.path()).unwrap_err().to_string();
    assert_eq!(
        text,
        "error: longshore.toml:4:11: `command` in [runner]: `{{` starts a placeholder of Prefect's job templates\n\
         help: write the command without placeholders"
    );
}

#[test]
fn runs_of_an_open_pool_choose_as_in_the_templates_of_prefect() {
    for kind in ["process", "kubernetes"] {
        let template = open(kind);
        check_declared(&template);
        let configuration = &template["job_configuration"];
        assert_eq!(configuration["command"], json!("{{ command }}"));
        assert_eq!(configuration["env"], json!("{{ env }}"));
    }
    let working_dir = &open("process")["job_configuration"]["working_dir"];
    assert_eq!(*working_dir, json!("{{ working_dir }}"));
    let container = container(&open("kubernetes"));
    assert_eq!(container["args"], json!("{{ command }}"));
    assert_eq!(container["env"], json!("{{ env }}"));
}

#[test]
fn the_plan_says_what_an_existing_pool_lets_runs_choose() {
    let plan = with_existing(&open("process"), "");
    let text = warnings(&plan);
    let expected = "warning: the job template of work pool `default` lets each run choose its command, environment, \
                    working directory\nhelp: add `--update-pools` to replace the template (with a section \
                    `[pools.default]` in longshore.toml), or replace it by hand with `pool_notes[].template` of \
                    `plan --output json`; set `open = true` in `[pools.default]` if Python deployments share the \
                    pool\n";
    assert_eq!(text, expected);
    let note = &report_json::plan(&plan, "a server")["pool_notes"][0];
    assert_eq!(note["pool"], json!("default"));
    assert_eq!(note["finding"], json!("chosen_by_runs"));
    assert_eq!(
        note["chosen_by_runs"],
        json!(["command", "environment", "working directory"])
    );
    assert_eq!(note["template"], closed("process"));
}

#[test]
fn nothing_is_said_about_closed_and_about_open_pools() {
    let open_section = "[pools.default]\ntype = \"process\"\nopen = true\n";
    for (kind, template, section) in [
        ("process", closed("process"), ""),
        ("kubernetes", closed("kubernetes"), ""),
        ("process", open("process"), open_section),
        ("process", json!({}), open_section),
    ] {
        let mut observed = Observed::default();
        let pool = WorkPool {
            kind: kind.to_owned(),
            ..pool(&template)
        };
        observed.pools.insert("default".to_owned(), pool);
        let plan = planned(&config_with(section), &observed, MissingPools::Refuse);
        assert_eq!(plan.pool_notes, [], "{template:#}");
    }
}

#[test]
fn nothing_is_said_about_pools_of_the_embedded_server() {
    let mut observed = Observed::default();
    observed
        .pools
        .insert("default".to_owned(), pool(&json!({})));
    let plan = planned(&config_with(""), &observed, MissingPools::CreateAny);
    assert_eq!(plan.pool_notes, []);
}

#[test]
fn variables_are_found_wherever_a_template_uses_them() {
    let job = |container: Value| json!({ "command": "longshore-run", "job_manifest": { "spec": { "template": { "spec": { "containers": [container] } } } } });
    let everything = "command, environment, working directory, image, identity, access to the host";
    for (configuration, chosen) in [
        (json!({ "command": "sh -c '{{ setup }}'" }), "command"),
        (json!({ "command": "x", "env": {} }), "environment"),
        (
            json!({ "command": "x", "env": { "A": "{{ prefect.variables.a }}" } }),
            "environment",
        ),
        (job(json!({ "args": ["{{ mine.command }}"] })), "command"),
        (
            job(
                json!({ "args": "x", "image": "{{ image }}", "env": [{ "name": "A", "value": "{{ a }}" }] }),
            ),
            "environment, image",
        ),
        (
            json!({ "command": "x", "task_run_request": { "taskDefinition": "{{ arn }}" } }),
            everything,
        ),
        (
            json!({ "command": "x", "task_run_request": { "environment": "{{ env }}", "taskRoleArn": "{{ arn }}" } }),
            "environment, identity",
        ),
        (
            json!({ "command": "x", "job_manifest": "{{ manifest }}" }),
            everything,
        ),
    ] {
        let template = json!({ "job_configuration": configuration, "variables": {} });
        let text = warnings(&with_existing(&template, ""));
        let expected = format!("lets each run choose its {chosen}\n");
        assert!(text.contains(&expected), "{text}");
    }
    let defaults = json!({
        "job_configuration": { "command": "x" },
        "variables": { "properties": { "env": { "default": { "A": "1" } } } },
    });
    let text = warnings(&with_existing(&defaults, ""));
    assert!(text.contains("choose its environment\n"), "{text}");
}

#[test]
fn a_template_of_the_team_without_variables_that_decide_is_accepted() {
    for configuration in [
        json!({ "command": "/opt/wrapper longshore-run", "name": "{{ name }}" }),
        json!({ "command": "{{ prefect.variables.command }}", "image": "{{ image }}" }),
        json!({ "command": "{{ $RUNNER }}" }),
    ] {
        let template = json!({ "job_configuration": configuration, "variables": {} });
        assert_eq!(with_existing(&template, "").pool_notes, [], "{template:#}");
    }
}

#[test]
fn the_plan_says_that_a_pool_starts_another_command() {
    let section = "[runner]\ncommand = \"/opt/longshore-run\"\n";
    let plan = with_existing(&closed("process"), section);
    let text = warnings(&plan);
    let expected = "warning: the job template of work pool `default` starts `longshore-run`, not `/opt/longshore-run` as \
                    longshore.toml says\nhelp: add `--update-pools` to replace the template";
    assert!(text.contains(expected), "{text}");
    let template = json!({ "job_configuration": { "name": "{{ name }}" }, "variables": {} });
    let text = warnings(&with_existing(&template, ""));
    let expected = "starts Prefect's Python engine, not `longshore-run`\n";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn the_documented_templates_are_those_of_created_pools() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pools.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, example) = page.split_once("```json\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    assert_eq!(example, closed("process"));
}
