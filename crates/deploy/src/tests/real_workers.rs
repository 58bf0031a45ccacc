//! Stock Prefect: its workers run jobs of created pools, its own templates are reported, its command line replaces them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use longshore::record::{DeploymentRecord, EnvironmentVariable};
use longshore_prefect::{Client, ClientOptions, FlowRunWrite, WorkPool, WorkPoolWrite};
use longshore_rig::{PrefectServer, Version, Worker, prefect};
use longshore_spec::EnvironmentVariableName;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::sample::{PACKAGE, artifact, config_of, deployment, flow, pool};
use crate::apply::{Applied, Outcome, apply};
use crate::config::Config;
use crate::desired::Desired;
use crate::error::explained;
use crate::observe::{Observed, observe};
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::variable_values::VariablesSchema;
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::progress::Progress;

/// A worker asks every few seconds, and a busy machine takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

const POOL: &str = "machines";

/// A workspace whose runner is a script.
struct Scene {
    server: PrefectServer,
    client: Client,
    config: Config,
    record: &'static DeploymentRecord,
}

impl Scene {
    fn start(version: Version, runner: &Path) -> Self {
        let server = PrefectServer::start(version).unwrap();
        let mut record = deployment(flow("daily", "finance-daily", 1), "eu");
        record.environment = Box::leak(Box::new([EnvironmentVariable {
            name: EnvironmentVariableName::from_static("REGION"),
            value: "eu",
        }]));
        Self {
            client: Client::new(ClientOptions::new(server.api_url())).unwrap(),
            server,
            config: config_of(&format!(
                "[workspace]\nname = \"acme\"\n[defaults]\npool = \"{POOL}\"\n[runner]\ncommand = \"{}\"\n",
                runner.display()
            )),
            record: Box::leak(Box::new(record)),
        }
    }

    async fn plan(&self) -> Plan {
        let config = &self.config;
        let desired = Desired::new(self.record, &PACKAGE, config, Some(&artifact('a'))).unwrap();
        let desired = vec![desired];
        let observed = observe(&self.client, &desired, &config.owner_tag()).await;
        let options = PlanOptions {
            missing_pools: MissingPools::Create,
            ..PlanOptions::default()
        };
        plan(
            desired,
            &observed.unwrap(),
            ArtifactPlans::default(),
            config,
            &options,
        )
        .unwrap()
    }

    /// Creates pool and deployment, after which nothing is left to do; returns the id of the deployment.
    async fn deploy(&self) -> Uuid {
        let plan = self.plan().await;
        let template = plan.pools[0].base_job_template.clone();
        let applied = apply(&self.client, plan, Vec::new(), Progress::for_stderr()).await;
        check(&applied);
        let pool = self.client.work_pool(POOL).await.unwrap().unwrap();
        assert_eq!(pool.base_job_template, template, "stored as it is");
        let again = self.plan().await;
        assert!(again.is_empty(), "{again:#?}");
        assert_eq!(again.pool_notes, []);
        let stored = self.client.deployment_by_name("daily", "eu").await;
        let stored = stored.unwrap().unwrap();
        // `longshore-run` reads it from there.
        assert_eq!(stored.job_variables["env"], json!({ "REGION": "eu" }));
        stored.id
    }
}

fn check(applied: &Applied) {
    let errors: Vec<String> = applied
        .errors
        .iter()
        .map(|error| explained(error))
        .collect();
    assert_eq!(errors, [] as [String; 0]);
    for (_, outcome) in &applied.outcomes {
        if let Outcome::Failed(error) = outcome {
            panic!("{}", explained(error));
        }
    }
}

/// A program that writes its arguments, folder and environment into a file.
fn program(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    let program = folder.join(name);
    let seen = folder.join(format!("{name}-seen"));
    let script = format!(
        "#!/bin/sh\n{{ echo \"arguments=$*\"; echo \"folder=$(pwd)\"; env; }} > {0}.new\nmv {0}.new {0}\n",
        seen.display()
    );
    std::fs::write(&program, script).unwrap();
    let mut permissions = std::fs::metadata(&program).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    std::fs::set_permissions(&program, permissions).unwrap();
    (program, seen)
}

async fn what_a_run_chooses_is_ignored(version: Version) {
    let folder = tempfile::tempdir().unwrap();
    let (runner, seen) = program(folder.path(), "runner");
    let (other, other_seen) = program(folder.path(), "other");
    let scene = Scene::start(version, &runner);
    let deployment = scene.deploy().await;
    let chosen = json!({
        "command": other,
        "env": { "CHOSEN": "by the run", "LD_PRELOAD": other },
        "env.DOTTED": "by the run",
        "working_dir": folder.path(),
    });
    let run = FlowRunWrite {
        job_variables: chosen.as_object().unwrap().clone(),
        ..FlowRunWrite::new(Uuid::new_v4().to_string())
    };
    let run = scene
        .client
        .create_flow_run(deployment, &run)
        .await
        .unwrap();
    let worker = Worker::start(&scene.server, POOL).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let log = || std::fs::read_to_string(worker.log()).unwrap_or_default();
    while !seen.exists() {
        assert!(!other_seen.exists(), "{}", log());
        assert!(Instant::now() < deadline, "{}", log());
        sleep(Duration::from_millis(200)).await;
    }
    assert!(!other_seen.exists(), "{}", log());
    let seen = std::fs::read_to_string(&seen).unwrap();
    let has = |line: &str| seen.lines().any(|found| found == line);
    assert!(has("arguments="), "{seen}");
    assert!(
        has(&format!("PREFECT__FLOW_RUN_ID={}", run.id))
            || has(&format!("PREFECT__FLOW_RUN_ID={}", run.id.simple())),
        "{seen}"
    );
    assert!(
        has(&format!("PREFECT_API_URL={}", scene.server.api_url())),
        "{seen}"
    );
    for name in ["CHOSEN", "DOTTED", "LD_PRELOAD", "REGION"] {
        let start = format!("{name}=");
        assert!(!seen.lines().any(|line| line.starts_with(&start)), "{seen}");
    }
    assert!(
        !has(&format!("folder={}", folder.path().display())),
        "{seen}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_prefect_3_ignores_command_and_environment_of_a_run() {
    what_a_run_chooses_is_ignored(Version::Prefect3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_prefect_2_ignores_command_and_environment_of_a_run() {
    what_a_run_chooses_is_ignored(Version::Prefect2).await;
}

/// Templates of all workers that Prefect ships, as a server of 3.8.8 has them, by type.
async fn shipped_templates(server: &PrefectServer) -> Vec<(String, Value)> {
    let url = format!(
        "{}/collections/views/aggregate-worker-metadata",
        server.api_url()
    );
    let tls = longshore_tls::client_config(longshore_tls::Trust::Nobody).unwrap();
    let http = reqwest::Client::builder().tls_backend_preconfigured(tls);
    let answer = http.build().unwrap().get(url).send().await.unwrap();
    let found: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let collections = found.as_object().unwrap().values();
    let workers = collections.flat_map(|collection| collection.as_object().unwrap());
    workers
        .map(|(kind, worker)| {
            (
                kind.clone(),
                worker["default_base_job_configuration"].clone(),
            )
        })
        .filter(|(_, template)| template.get("job_configuration").is_some())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_that_prefect_ships_is_read() {
    let server = PrefectServer::start(Version::Prefect3).unwrap();
    let templates = shipped_templates(&server).await;
    assert!(templates.len() >= 5, "{templates:#?}");
    let record = Box::leak(Box::new(deployment(
        flow("daily", "finance-daily", 1),
        "eu",
    )));
    for (kind, template) in templates {
        let schema = VariablesSchema::of(&template);
        let problems = schema.problems(json!({ "env": 3 }).as_object().unwrap());
        assert_eq!(problems.len(), 1, "{kind}: the schema is compiled");

        let config = config_of("[workspace]\nname = \"acme\"\n[defaults]\npool = \"default\"\n");
        let mut observed = Observed::default();
        let pool = WorkPool {
            kind: kind.clone(),
            ..pool(&template)
        };
        observed.pools.insert("default".to_owned(), pool);
        let desired = Desired::new(record, &PACKAGE, &config, Some(&artifact('a'))).unwrap();
        let options = PlanOptions::default();
        let planned = plan(
            vec![desired],
            &observed,
            ArtifactPlans::default(),
            &config,
            &options,
        );
        let notes = planned.unwrap().pool_notes;
        let message = notes[0].message();
        assert!(
            message.contains("lets each run choose its command, environment"),
            "{kind}: {message}"
        );
    }
}

async fn a_template_is_replaced_by_hand(version: Version) {
    let folder = tempfile::tempdir().unwrap();
    let (runner, _) = program(folder.path(), "runner");
    let scene = Scene::start(version, &runner);
    // Until its first worker comes, it has no template at all.
    let pool = WorkPoolWrite {
        name: POOL.to_owned(),
        kind: "process".to_owned(),
        base_job_template: json!({}),
        description: None,
        concurrency_limit: None,
    };
    scene.client.create_work_pool(&pool).await.unwrap();
    let notes = scene.plan().await.pool_notes;
    let file = folder.path().join("template.json");
    std::fs::write(&file, notes[0].template.as_ref().unwrap().to_string()).unwrap();
    let mut update = prefect(version, folder.path(), &scene.server.api_url()).unwrap();
    update
        .args(["work-pool", "update", POOL, "--base-job-template"])
        .arg(&file);
    longshore_rig::run(&mut update, "install it with the rig").unwrap();
    assert_eq!(scene.plan().await.pool_notes, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_of_prefect_3_replaces_a_template_by_that_of_the_plan() {
    a_template_is_replaced_by_hand(Version::Prefect3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_of_prefect_2_replaces_a_template_by_that_of_the_plan() {
    a_template_is_replaced_by_hand(Version::Prefect2).await;
}
