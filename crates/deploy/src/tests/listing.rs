//! `list`: declared deployments beside the server's, with their runs.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use longshore::record::DeploymentRecord;
use longshore_embedded::{Embedded, Server};
use longshore_prefect::{
    Client, DeploymentUpdate, DeploymentWrite, FlowRun, FlowRunWrite, ScheduleUpdate, State,
    StateType,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::running::{ended, start, workspace};
use super::sample::{PACKAGE, artifact, config, cron, deployment, flow};
use crate::apply::apply;
use crate::desired::{DeploymentKey, Desired};
use crate::listing::{Listed, Status};
use crate::observe::observe;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlans, plan};
use crate::report::listing;
use crate::report::progress::Progress;
use crate::run::list::list;
use crate::target::embedded_options;

/// A server with what the workspace `acme` declares.
struct Scene {
    server: Server,
    client: Client,
    records: Vec<&'static DeploymentRecord>,
}

fn records(names: &[&'static str]) -> Vec<&'static DeploymentRecord> {
    let flow = flow("daily", "finance-daily", 1);
    let record = |name: &&'static str| {
        let mut record = deployment(flow, name);
        record.schedules = Box::leak(Box::new([cron("main", "0 6 * * *")]));
        &*Box::leak(Box::new(record))
    };
    names.iter().map(record).collect()
}

impl Scene {
    async fn new(names: &[&'static str], folder: &std::path::Path) -> Self {
        let server = Embedded::open(folder).unwrap().serve().await.unwrap();
        let scene = Self {
            client: Client::new(embedded_options(&server)).unwrap(),
            server,
            records: records(names),
        };
        let desired = scene.desired(true);
        let observed = observe(&scene.client, &desired, &config().owner_tag()).await;
        let options = PlanOptions {
            missing_pools: MissingPools::CreateAny,
            ..PlanOptions::default()
        };
        let plan = plan(
            desired,
            &observed.unwrap(),
            ArtifactPlans::default(),
            &config(),
            &options,
        )
        .unwrap();
        let applied = apply(&scene.client, plan, Vec::new(), Progress::for_stderr()).await;
        assert!(applied.is_complete());
        scene
    }

    fn desired(&self, built: bool) -> Vec<Desired> {
        let artifact = artifact('a');
        let records = self.records.iter();
        records
            .map(|record| {
                Desired::new(record, &PACKAGE, &config(), built.then_some(&artifact)).unwrap()
            })
            .collect()
    }

    async fn id(&self, name: &str) -> Uuid {
        let found = self.client.deployment_by_name("daily", name).await;
        found.unwrap().unwrap().id
    }

    async fn run(&self, deployment: Uuid, hours: i64) -> FlowRun {
        let due = Utc::now() + TimeDelta::hours(hours);
        let write = FlowRunWrite {
            state: Some(State::scheduled(due)),
            ..FlowRunWrite::new(Uuid::new_v4().to_string())
        };
        self.client
            .create_flow_run(deployment, &write)
            .await
            .unwrap()
    }

    async fn end(&self, run: &FlowRun, kind: StateType) {
        for kind in [StateType::Pending, StateType::Running, kind] {
            let set = self
                .client
                .set_flow_run_state(run.id, State::new(kind), Uuid::new_v4());
            set.await.unwrap();
        }
    }

    async fn list(&self) -> Vec<Listed> {
        let names: BTreeSet<DeploymentKey> = self
            .records
            .iter()
            .map(|record| DeploymentKey::of(record, &config()))
            .collect();
        let declared = self.desired(false);
        list(&self.client, &config(), declared, Some(names))
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn each_deployment_has_its_state_and_its_runs() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(&["a", "b", "c", "gone"], folder.path()).await;
    let (a, b, c) = (
        scene.id("a").await,
        scene.id("b").await,
        scene.id("c").await,
    );
    let first = scene.run(a, -2).await;
    scene.end(&first, StateType::Completed).await;
    let last = scene.run(a, -1).await;
    scene.end(&last, StateType::Failed).await;
    let next = scene.run(a, 1).await;
    scene.run(a, 2).await;
    scene.client.set_paused(b, true).await.unwrap();
    let described = DeploymentUpdate {
        description: Some(Some("Another one.".to_owned())),
        ..DeploymentUpdate::default()
    };
    scene.client.update_deployment(c, &described).await.unwrap();
    let schedule = scene.client.deployment(c).await.unwrap().unwrap().schedules[0].id;
    let off = ScheduleUpdate {
        active: Some(false),
        ..ScheduleUpdate::default()
    };
    scene
        .client
        .update_schedule(c, schedule, &off)
        .await
        .unwrap();
    let flow = scene.client.upsert_flow("daily", &[]).await.unwrap();
    let foreign = DeploymentWrite::new("hand".to_owned(), flow.id);
    scene.client.write_deployment(&foreign).await.unwrap();
    scene.records = records(&["a", "b", "c", "hand", "new"]);

    let listed = scene.list().await;
    let shown: Vec<(&str, Status, Option<&str>)> = listed
        .iter()
        .map(|listed| {
            let scheduling = listed.scheduling().map(|scheduling| scheduling.text());
            (listed.key.deployment.as_str(), listed.status, scheduling)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("a", Status::Unchanged, Some("on")),
            ("b", Status::Unchanged, Some("paused")),
            ("c", Status::Changed, Some("off")),
            ("hand", Status::NotOurs, Some("none")),
            ("new", Status::NotDeployed, None),
            ("gone", Status::NotDeclared, Some("on")),
        ]
    );
    assert_eq!(listed[0].next_run.as_ref().unwrap().id, next.id);
    assert_eq!(listed[0].last_run.as_ref().unwrap().id, last.id);
    assert!(listed[1..].iter().all(|listed| listed.last_run.is_none()));
    let text = listing::text(&listed, Utc::now());
    let line = text
        .lines()
        .find(|line| line.starts_with("daily/a"))
        .unwrap();
    assert!(
        line.contains("unchanged") && line.contains("Failed, "),
        "{text}"
    );
    assert!(
        listing::count(&listed).starts_with(
            "2 unchanged, 1 changed, 1 not deployed, 1 not ours, 1 not declared; nothing was built"
        ),
        "{}",
        listing::count(&listed)
    );
    let value: Value = listing::json(&listed[0]);
    assert_eq!(value["server"]["last_run"]["state"], json!("Failed"));
    assert_eq!(value["server"]["next_run"]["id"], json!(next.id));
    assert_eq!(listing::json(&listed[4])["server"], json!(null));
    scene.server.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_planned_is_listed_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(&["a", "b"], folder.path()).await;
    let both = scene.records.iter().map(|record| {
        let mut renamed = deployment(record.flow, record.name.as_str());
        renamed.renamed_from = Some("old".parse().unwrap());
        &*Box::leak(Box::new(renamed))
    });
    scene.records = both.collect();
    let listed = scene.list().await;
    let statuses: Vec<Status> = listed.iter().map(|listed| listed.status).collect();
    assert_eq!(statuses, [Status::Unknown, Status::Unknown]);
    assert!(listed.iter().all(|listed| listed.stored.is_some()));
    scene.server.shutdown().await;
}

#[tokio::test]
async fn a_deployment_with_more_runs_than_a_page_hides_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(&["busy", "quiet", "never"], folder.path()).await;
    let (busy, quiet) = (scene.id("busy").await, scene.id("quiet").await);
    for _ in 0..201 {
        scene.run(busy, 1).await;
    }
    let next = scene.run(quiet, 2).await;
    let ids = [busy, quiet, scene.id("never").await];
    let found = scene.client.next_runs(&ids).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[&quiet].id, next.id);
    scene.server.shutdown().await;
}

#[test]
fn a_list_can_do_without_a_server() {
    let folder = workspace();
    let root = folder.path();
    let (code, text) = ended(start(root, &["list", "--offline"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("daily/eu"), "{text}");
    assert!(!root.join(".longshore").exists());
    let (code, text) = ended(start(root, &["list", "--output", "json"]));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"status\": \"not_deployed\""), "{text}");
}
