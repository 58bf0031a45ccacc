//! Existing pools whose runs choose what is executed: warnings, and one that was created between plan and apply.

use std::path::Path;

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{Client, WorkPoolWrite};
use serde_json::{Value, json};

use super::running::{ended, start_with, workspace, write};
use super::sample::{PACKAGE, artifact, config_of, deployment, flow};
use crate::apply::apply;
use crate::desired::Desired;
use crate::error::explained;
use crate::observe::Observed;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlans, plan};
use crate::report::progress::Progress;
use crate::target::embedded_options;

const WARNING: &str = "warning: the job template of work pool `default` lets each run choose its command\n\
                       help: add `--update-pools` to replace the template";

async fn server_with_an_open_pool(root: &Path) -> Server {
    let server = Embedded::open(&root.join("elsewhere")).unwrap();
    let server = server.serve().await.unwrap();
    let client = Client::new(embedded_options(&server)).unwrap();
    let pool = WorkPoolWrite {
        name: "default".to_owned(),
        kind: "process".to_owned(),
        base_job_template: json!({
            "job_configuration": { "command": "{{ command }}" },
            "variables": { "type": "object", "properties": { "command": { "type": "string" } } },
        }),
        description: None,
        concurrency_limit: None,
    };
    client.create_work_pool(&pool).await.unwrap();
    server
}

// The commands that are waited for talk to a server in this process.
#[tokio::test(flavor = "multi_thread")]
async fn plan_and_a_changing_apply_warn_once_about_a_pool() {
    let folder = workspace();
    let root = folder.path();
    let server = server_with_an_open_pool(root).await;
    let url = server.api_url();
    let auth = server.auth_string();
    let variables = [
        ("PREFECT_API_URL", url.as_str()),
        ("PREFECT_API_AUTH_STRING", auth),
    ];
    let warnings = |words: &[&str], expected_code: i32| {
        let (code, text) = ended(start_with(root, words, &variables));
        assert_eq!(code, Some(expected_code), "{text}");
        (text.matches(WARNING).count(), text)
    };
    let plan = ["plan", "--no-build"];
    let apply = ["apply", "--profile", "dev"];
    assert_eq!(warnings(&plan, 2).0, 1);
    let (count, text) = warnings(&["plan", "--no-build", "--output", "json"], 2);
    assert_eq!(count, 1, "on stderr, next to the JSON");
    let start = text.find('{').unwrap();
    let mut document = serde_json::Deserializer::from_str(&text[start..]).into_iter();
    let document: Value = document.next().unwrap().unwrap();
    assert_eq!(
        document["pool_notes"][0]["chosen_by_runs"],
        json!(["command"])
    );
    assert_eq!(warnings(&apply, 0).0, 1);
    assert_eq!(warnings(&apply, 0).0, 0, "nothing changed");
    write(
        root,
        "longshore.toml",
        "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n\
         [pools.default]\ntype = \"process\"\nopen = true\n",
    );
    assert_eq!(warnings(&plan, 0).0, 0);
    server.shutdown().await;
}

#[tokio::test]
async fn a_pool_that_was_created_between_plan_and_apply_is_accepted_only_if_it_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let server = server_with_an_open_pool(root).await;
    let client = Client::new(embedded_options(&server)).unwrap();
    let planned = |name: &str| {
        let config = config_of(&format!(
            "[workspace]\nname = \"acme\"\n[defaults]\npool = \"{name}\"\n"
        ));
        let record = deployment(flow("daily", "finance-daily", 1), "eu");
        let record = Box::leak(Box::new(record));
        let desired = Desired::new(record, &PACKAGE, &config, Some(&artifact('a'))).unwrap();
        let options = PlanOptions {
            missing_pools: MissingPools::Create,
            ..PlanOptions::default()
        };
        let observed = Observed::default();
        let artifacts = ArtifactPlans::default();
        plan(vec![desired], &observed, artifacts, &config, &options).unwrap()
    };
    let other = apply(
        &client,
        planned("default"),
        Vec::new(),
        Progress::for_stderr(),
    )
    .await;
    let errors: Vec<String> = other.errors.iter().map(|error| explained(error)).collect();
    assert_eq!(
        errors,
        [
            "error: cannot create work pool `default`: another pool of this name was created in the meantime, with \
             another type or job template\nhelp: run `plan`, which reports what that pool lets a run choose"
        ]
    );
    assert!(!other.is_complete());
    let stored = client.deployment_by_name("daily", "eu").await.unwrap();
    assert!(stored.is_none(), "{stored:?}");

    let same = planned("machines");
    client.create_work_pool(&same.pools[0]).await.unwrap();
    let same = apply(&client, same, Vec::new(), Progress::for_stderr()).await;
    assert!(same.is_complete(), "{same:?}");
    server.shutdown().await;
}
