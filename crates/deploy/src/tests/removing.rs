//! Deletions against the embedded server, beside deployments that belong to others.

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use longshore::record::DeploymentRecord;
use longshore_embedded::{Embedded, Options, Server, WriteHook, WritePhase};
use longshore_prefect::{Client, DeploymentWrite, FlowRunWrite, State, StateType};
use tempfile::TempDir;
use uuid::Uuid;

use super::sample::{PACKAGE, artifact, config, cron, deployment, flow};
use crate::apply::{Applied, Outcome, apply};
use crate::desired::Desired;
use crate::observe::observe;
use crate::plan::options::{MissingPools, Orphans, PlanOptions};
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::progress::Progress;
use crate::report::summary;
use crate::target::embedded_options;

/// What a child process of a test does: folder of the server, number and phase of its last write.
const CHILD: &str = "LONGSHORE_TEST_REMOVING_CHILD";

const FOREIGN: [(&str, &[&str]); 4] = [
    ("by-hand", &[]),
    ("other", &["longshore:other/default"]),
    ("staging", &["longshore:acme/staging"]),
    (
        "shared",
        &["longshore:acme/default", "longshore:other/default"],
    ),
];

fn record(name: &'static str, former: Option<&'static str>) -> &'static DeploymentRecord {
    let mut record = deployment(flow("daily", "finance-daily", 1), name);
    record.schedules = Box::leak(Box::new([
        cron("main", "0 6 * * *"),
        cron("late", "0 22 * * *"),
    ]));
    record.renamed_from = former.map(|former| former.parse().unwrap());
    Box::leak(Box::new(record))
}

struct Scratch {
    client: Client,
    server: Server,
}

impl Scratch {
    /// A server with the deployments of others.
    async fn open(folder: &Path) -> Self {
        let scratch = Self::open_again(folder, None).await;
        let flow = scratch.client.upsert_flow("daily", &[]).await.unwrap();
        for (name, tags) in FOREIGN {
            let mut write = DeploymentWrite::new(name.to_owned(), flow.id);
            write.tags = tags.iter().map(ToString::to_string).collect();
            scratch.client.write_deployment(&write).await.unwrap();
        }
        scratch
    }

    /// The server of a folder as it was left.
    async fn open_again(folder: &Path, hook: Option<WriteHook>) -> Self {
        let embedded = Embedded::open_with(folder, Options { on_write: hook }).unwrap();
        let server = embedded.serve().await.unwrap();
        Self {
            client: Client::new(embedded_options(&server)).unwrap(),
            server,
        }
    }

    async fn plan(&self, records: &[&'static DeploymentRecord], orphans: Orphans) -> Plan {
        let config = config();
        let desired: Vec<Desired> = records
            .iter()
            .map(|record| Desired::new(record, &PACKAGE, &config, Some(&artifact('a'))).unwrap())
            .collect();
        let observed = observe(&self.client, &desired, &config.owner_tag())
            .await
            .unwrap();
        let options = PlanOptions {
            missing_pools: MissingPools::CreateAny,
            orphans,
            ..PlanOptions::default()
        };
        plan(
            desired,
            &observed,
            ArtifactPlans::default(),
            &config,
            &options,
        )
        .unwrap()
    }

    async fn execute(&self, plan: Plan) -> Applied {
        apply(&self.client, plan, Vec::new(), Progress::for_stderr()).await
    }

    async fn apply(&self, records: &[&'static DeploymentRecord]) -> Applied {
        self.execute(self.plan(records, Orphans::Report).await)
            .await
    }

    async fn id(&self, name: &str) -> Option<Uuid> {
        let found = self.client.deployment_by_name("daily", name).await.unwrap();
        found.map(|deployment| deployment.id)
    }

    /// A run that waits, made by hand.
    async fn waiting_run(&self, deployment: Uuid) -> Uuid {
        self.run(deployment, "waiting").await
    }

    async fn run(&self, deployment: Uuid, key: &str) -> Uuid {
        let run = FlowRunWrite::new(key);
        self.client
            .create_flow_run(deployment, &run)
            .await
            .unwrap()
            .id
    }

    /// The names that are there beside those of others.
    async fn ours(&self) -> Vec<String> {
        let all = self.client.deployments(&Default::default()).await.unwrap();
        let mut names: Vec<String> = all.into_iter().map(|found| found.name).collect();
        for (foreign, _) in FOREIGN {
            let place = names.iter().position(|name| name == foreign);
            names.remove(place.unwrap_or_else(|| panic!("`{foreign}` was deleted")));
        }
        names
    }
}

#[tokio::test]
async fn a_rename_keeps_the_pauses_and_leaves_no_double() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path()).await;
    scratch.apply(&[record("old", None)]).await;
    let old = scratch.id("old").await.unwrap();
    let waiting = scratch.waiting_run(old).await;
    scratch.client.set_paused(old, true).await.unwrap();
    let mut late = scratch.client.schedules(old).await.unwrap();
    late.retain(|schedule| schedule.slug.as_deref() == Some("late"));
    let off = longshore_prefect::ScheduleUpdate {
        active: Some(false),
        ..Default::default()
    };
    scratch
        .client
        .update_schedule(old, late[0].id, &off)
        .await
        .unwrap();

    let renamed = [record("new", Some("old"))];
    let applied = scratch.apply(&renamed).await;
    assert!(applied.is_complete(), "{:?}", applied.outcomes);
    assert_eq!(summary::count(&applied), "1 created, 1 deleted");
    assert_eq!(scratch.ours().await, ["new"]);
    assert_eq!(scratch.client.flow_run(waiting).await.unwrap(), None);
    let new = scratch
        .client
        .deployment_by_name("daily", "new")
        .await
        .unwrap()
        .unwrap();
    assert!(new.paused);
    let mut active: Vec<(Option<&str>, bool)> = new
        .schedules
        .iter()
        .map(|schedule| (schedule.slug.as_deref(), schedule.active))
        .collect();
    active.sort();
    assert_eq!(active, [(Some("late"), false), (Some("main"), true)]);

    let again = scratch.plan(&renamed, Orphans::Report).await;
    assert!(again.is_empty(), "the word does nothing any more");
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn a_rename_that_fails_keeps_the_former_deployment() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path()).await;
    scratch.apply(&[record("old", None)]).await;
    let renamed = [record("new", Some("old"))];
    let mut plan = scratch.plan(&renamed, Orphans::Report).await;
    plan.deployments[0].desired.fields.work_pool_name = Some("gone".to_owned());
    let applied = scratch.execute(plan).await;
    assert!(matches!(applied.outcomes[0].1, Outcome::Failed(_)));
    assert_eq!(scratch.ours().await, ["old"]);
    let old = scratch.client.deployment_by_name("daily", "old").await;
    assert!(!old.unwrap().unwrap().paused);
    assert!(scratch.apply(&renamed).await.is_complete());
    assert_eq!(scratch.ours().await, ["new"]);
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn a_prune_deletes_the_undeclared_with_their_waiting_runs() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path()).await;
    let both = [record("kept", None), record("gone", None)];
    scratch.apply(&both).await;
    let gone = scratch.id("gone").await.unwrap();
    let waiting = scratch.waiting_run(gone).await;
    let finished = scratch.run(gone, "finished").await;
    for kind in [StateType::Running, StateType::Completed] {
        let state = State::new(kind);
        let id = Uuid::new_v4();
        scratch
            .client
            .set_flow_run_state(finished, state, id)
            .await
            .unwrap();
    }
    let reported = scratch.plan(&both[..1], Orphans::Report).await;
    assert_eq!(reported.orphans.len(), 1);
    assert!(reported.is_empty(), "without `--prune` nothing is deleted");

    let plan = scratch
        .plan(&both[..1], Orphans::Delete { limit: 50 })
        .await;
    let applied = scratch.execute(plan).await;
    assert_eq!(summary::count(&applied), "1 deleted, 1 unchanged");
    assert_eq!(scratch.ours().await, ["kept"]);
    assert_eq!(scratch.client.flow_run(waiting).await.unwrap(), None);
    assert!(
        scratch.client.flow_run(finished).await.unwrap().is_some(),
        "what has run stays"
    );
    let again = scratch.plan(&both[..1], Orphans::Delete { limit: 0 }).await;
    assert!(again.is_empty());
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn a_prune_waits_until_everything_else_is_done() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path()).await;
    scratch.apply(&[record("gone", None)]).await;
    let replacing = [record("new", None)];
    let mut plan = scratch
        .plan(&replacing, Orphans::Delete { limit: 100 })
        .await;
    plan.deployments[0].desired.fields.work_pool_name = Some("gone".to_owned());
    let applied = scratch.execute(plan).await;
    assert!(!applied.is_complete());
    assert_eq!(summary::count(&applied), "2 failed");
    assert_eq!(scratch.ours().await, ["gone"]);
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn what_somebody_else_has_deleted_meanwhile_is_no_error() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path()).await;
    scratch.apply(&[record("gone", None)]).await;
    let config = config();
    let observed = observe(&scratch.client, &[], &config.owner_tag())
        .await
        .unwrap();
    let plan = Plan::destroy(&observed, &config.owner_tag());
    let id = scratch.id("gone").await.unwrap();
    scratch.client.delete_deployment(id).await.unwrap();
    assert!(scratch.execute(plan).await.is_complete());
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn destroy_leaves_the_deployments_of_others_and_the_pools() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path()).await;
    scratch.apply(&[record("a", None), record("b", None)]).await;
    let config = config();
    let observed = observe(&scratch.client, &[], &config.owner_tag())
        .await
        .unwrap();
    let applied = scratch
        .execute(Plan::destroy(&observed, &config.owner_tag()))
        .await;
    assert_eq!(summary::count(&applied), "2 deleted");
    assert_eq!(scratch.ours().await, Vec::<String>::new());
    assert!(scratch.client.work_pool("default").await.unwrap().is_some());
    assert_eq!(
        scratch
            .client
            .flows_by_name(&["daily"])
            .await
            .unwrap()
            .len(),
        1
    );
    scratch.server.shutdown().await;
}

/// One is renamed, one is gone, one stays.
async fn finish(scratch: &Scratch) -> Applied {
    let after = [record("kept", None), record("new", Some("old"))];
    let plan = scratch.plan(&after, Orphans::Delete { limit: 50 }).await;
    scratch.execute(plan).await
}

#[tokio::test]
async fn killed_at_every_write_a_second_apply_finishes_the_rename_and_the_prune() {
    let mut kills = 0;
    for phase in ["before", "after"] {
        for number in 1.. {
            let folder = TempDir::new().unwrap();
            let scratch = Scratch::open(folder.path()).await;
            let before = [
                record("gone", None),
                record("kept", None),
                record("old", None),
            ];
            assert!(scratch.apply(&before).await.is_complete());
            let old = scratch.id("old").await.unwrap();
            scratch.waiting_run(old).await;
            scratch.client.set_paused(old, true).await.unwrap();
            scratch.server.shutdown().await;
            let child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "tests::removing::child_applies"])
                .env(
                    CHILD,
                    format!("{}\n{phase}\n{number}", folder.path().display()),
                )
                .output()
                .unwrap();
            let scratch = Scratch::open_again(folder.path(), None).await;
            if !child.status.success() {
                kills += 1;
                let applied = finish(&scratch).await;
                assert!(applied.is_complete(), "{phase} write {number}: {applied:?}");
            }
            assert_eq!(
                scratch.ours().await,
                ["kept", "new"],
                "{phase} write {number}"
            );
            let new = scratch.client.deployment_by_name("daily", "new").await;
            assert!(new.unwrap().unwrap().paused, "{phase} write {number}");
            scratch.server.shutdown().await;
            if child.status.success() {
                assert!(number > 4, "an apply has more writes");
                break;
            }
        }
    }
    // The new deployment; a pause and a deletion of each of the two that go; the run that waits.
    assert_eq!(kills, 12);
}

/// Not a test by itself: the child process that the test above kills at one of its writes.
#[tokio::test]
async fn child_applies() {
    let Ok(order) = env::var(CHILD) else { return };
    let mut parts = order.lines();
    let folder = parts.next().unwrap();
    let phase = match parts.next() {
        Some("before") => WritePhase::BeforeCommit,
        _ => WritePhase::AfterCommit,
    };
    let last: u64 = parts.next().unwrap().parse().unwrap();
    let hook: WriteHook = Arc::new(move |at, number| {
        if at == phase && number == last {
            std::process::abort();
        }
    });
    let scratch = Scratch::open_again(Path::new(folder), Some(hook)).await;
    assert!(finish(&scratch).await.is_complete());
    scratch.server.shutdown().await;
}
