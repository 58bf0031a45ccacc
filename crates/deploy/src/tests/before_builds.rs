//! What stops a plan without any program stops it before the build.

use longshore_embedded::Embedded;
use longshore_prefect::{Client, WorkPoolWrite};
use serde_json::json;

use super::running::{ended, program, start_with, workspace, write};
use crate::target::embedded_options;

const FILE: &str =
    "[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\nqueue = \"kuberntes\"\n";

/// The workspace's program does not compile, so that a build would be the only thing that is reported.
// The commands that are waited for talk to a server in this process.
#[tokio::test(flavor = "multi_thread")]
async fn missing_pools_and_misspelt_queues_are_reported_before_the_build() {
    let folder = workspace();
    let root = folder.path();
    write(root, "longshore.toml", FILE);
    program(root, "compile_error!(\"built\")");
    let server = Embedded::open(&root.join("elsewhere"))
        .unwrap()
        .serve()
        .await
        .unwrap();
    let client = Client::new(embedded_options(&server)).unwrap();
    let url = server.api_url();
    let auth = server.auth_string();
    let variables = [
        ("PREFECT_API_URL", url.as_str()),
        ("PREFECT_API_AUTH_STRING", auth),
    ];
    let refused = |words: &[&str], expected: &str| {
        let (code, text) = ended(start_with(root, words, &variables));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("building"), "{text}");
    };
    let missing = "error: work pool `default` is not on the server; deployments that name it: `daily/eu` at projects/finance/daily/src/lib.rs:7:1";
    for command in ["plan", "apply"] {
        refused(&[command, "--profile", "dev"], missing);
    }

    let pool = WorkPoolWrite {
        name: "default".to_owned(),
        kind: "process".to_owned(),
        base_job_template: json!({}),
        description: None,
        concurrency_limit: None,
    };
    client.create_work_pool(&pool).await.unwrap();
    let flow = client.upsert_flow("other", &[]).await.unwrap();
    let mut other = longshore_prefect::DeploymentWrite::new("other", flow.id);
    other.work_pool_name = Some("default".to_owned());
    other.work_queue_name = Some("kubernetes".to_owned());
    client.write_deployment(&other).await.unwrap();
    let misspelt = "error: queue `kuberntes` is not in work pool `default`, which has `kubernetes`";
    for command in ["plan", "apply"] {
        refused(&[command, "--profile", "dev"], misspelt);
    }

    // The store is part of the same report.
    write(
        root,
        "longshore.toml",
        &FILE.replace("[defaults]", "[defaults]\nstorage = \"Cargo.toml\""),
    );
    refused(&["plan", "--profile", "dev"], misspelt);
    refused(&["plan", "--profile", "dev"], "Cargo.toml");
    server.shutdown().await;
}
