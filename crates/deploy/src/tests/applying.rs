//! Applies against the embedded server, with faults.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use longshore::record::DeploymentRecord;
use longshore_embedded::{Embedded, Options, WriteHook, WritePhase};
use longshore_prefect::Client;
use longshore_storage::{ArtifactKey, MANIFEST};
use serde_json::json;
use tempfile::TempDir;

use super::sample::{PACKAGE, config, cron, days_7, deployment, flow, interval};
use crate::apply::{Applied, Outcome, Upload, apply};
use crate::artifact::Artifact;
use crate::desired::Desired;
use crate::observe::observe;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlan, ArtifactPlans, Plan, plan};
use crate::report::progress::Progress;
use crate::report::{plan_text, summary};
use crate::storage::{Folder, Place};
use crate::target::embedded_options;

/// What a child process of a test does: folder of the workspace, number and phase of its last write.
const CHILD: &str = "LONGSHORE_TEST_CHILD";

fn records() -> Vec<&'static DeploymentRecord> {
    let daily = flow("daily", "finance-daily", 1);
    let weekly = flow("weekly", "finance-daily", 20);
    let mut eu = deployment(daily, "eu");
    eu.schedules = Box::leak(Box::new([
        cron("main", "0 6 * * *"),
        interval("often", "1h"),
    ]));
    eu.parameters = days_7();
    let mut us = deployment(daily, "us");
    us.active = Some(false);
    us.queue = Some("fast".parse().unwrap());
    let all = [eu, us, deployment(weekly, "all")];
    all.into_iter()
        .map(|record| &*Box::leak(Box::new(record)))
        .collect()
}

/// A server, a store and an artifact in one folder.
struct Scratch {
    client: Client,
    server: longshore_embedded::Server,
    artifact: Artifact,
    key: ArtifactKey,
    root: PathBuf,
}

impl Scratch {
    async fn open(root: &Path, hook: Option<WriteHook>) -> Self {
        let program = root.join("program");
        fs::write(&program, "a program").unwrap();
        let artifact =
            Artifact::read(&PACKAGE, program, json!({ "package": PACKAGE.name })).unwrap();
        let key = ArtifactKey {
            path: PACKAGE.folder.to_owned(),
            digest: artifact.digest,
            binary: artifact.binary.clone(),
        };
        let embedded = Embedded::open_with(root, Options { on_write: hook }).unwrap();
        let server = embedded.serve().await.unwrap();
        Self {
            client: Client::new(embedded_options(&server)).unwrap(),
            server,
            artifact,
            key,
            root: root.to_owned(),
        }
    }

    /// The artifact, and whether the store has it by now.
    async fn upload(&self) -> Upload {
        let storage = "artifacts".parse().unwrap();
        let place = Place {
            storage: Some(&storage),
            path: PACKAGE.folder,
        };
        let folders = Folder::look(&[place], &self.root, &config(), false).await;
        let folder = folders.unwrap().remove(0);
        Upload::new(PACKAGE.name, self.artifact.clone(), folder)
    }

    async fn plan(&self, records: &[&'static DeploymentRecord]) -> Plan {
        let config = config();
        let upload = self.upload().await;
        let stored = Some(upload.stored());
        let desired: Vec<Desired> = records
            .iter()
            .map(|record| Desired::new(record, &PACKAGE, &config, stored).unwrap())
            .collect();
        let observed = observe(&self.client, &desired, &config.owner_tag())
            .await
            .unwrap();
        let artifact = ArtifactPlan {
            package: PACKAGE.name,
            location: upload.stored().location.clone(),
            libc: None,
            store: !upload.is_stored(),
        };
        let artifacts = ArtifactPlans {
            artifacts: vec![artifact],
            ..ArtifactPlans::default()
        };
        let options = PlanOptions {
            missing_pools: MissingPools::CreateAny,
            ..PlanOptions::default()
        };
        plan(desired, &observed, artifacts, &config, &options).unwrap()
    }

    async fn apply(&self, records: &[&'static DeploymentRecord]) -> Applied {
        let plan = self.plan(records).await;
        apply(
            &self.client,
            plan,
            vec![self.upload().await],
            Progress::for_stderr(),
        )
        .await
    }

    async fn assert_complete(&self, records: &[&'static DeploymentRecord]) {
        let plan = self.plan(records).await;
        assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
        assert!(plan.orphans.is_empty());
        let all = self.client.deployments(&Default::default()).await.unwrap();
        assert_eq!(all.len(), records.len(), "nothing doubled");
        let folder = self
            .root
            .join("artifacts")
            .join(&self.key.path)
            .join(self.key.digest.to_string());
        assert_eq!(
            fs::read(folder.join(&self.key.binary)).unwrap(),
            b"a program"
        );
        assert!(folder.join(MANIFEST).is_file());
    }
}

fn outcomes(applied: &Applied) -> Vec<&'static str> {
    applied
        .outcomes
        .iter()
        .map(|(_, outcome)| match outcome {
            Outcome::Created => "created",
            Outcome::Updated => "updated",
            Outcome::Unchanged => "unchanged",
            Outcome::Failed(_) => "failed",
        })
        .collect()
}

#[tokio::test]
async fn a_second_apply_writes_nothing() {
    let folder = TempDir::new().unwrap();
    let writes = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&writes);
    let hook: WriteHook = Arc::new(move |phase, _| {
        if phase == WritePhase::AfterCommit {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    let scratch = Scratch::open(folder.path(), Some(hook)).await;
    let records = records();
    let first = scratch.apply(&records).await;
    assert_eq!(outcomes(&first), ["created", "created", "created"]);
    assert!(writes.swap(0, Ordering::SeqCst) >= 6);
    let second = scratch.apply(&records).await;
    assert_eq!(outcomes(&second), ["unchanged", "unchanged", "unchanged"]);
    assert_eq!(writes.load(Ordering::SeqCst), 0);
    assert_eq!(summary::count(&second), "nothing changed: 3 unchanged");
    scratch.assert_complete(&records).await;
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn a_change_touches_its_deployment_and_schedule_alone() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path(), None).await;
    let mut records = records();
    scratch.apply(&records).await;
    let before = scratch
        .client
        .deployment_by_name("daily", "eu")
        .await
        .unwrap()
        .unwrap();
    let mut eu = deployment(records[0].flow, "eu");
    eu.parameters = days_7();
    eu.schedules = Box::leak(Box::new([
        cron("main", "30 6 * * *"),
        interval("often", "1h"),
        cron("new", "0 9 * * *"),
    ]));
    records[0] = Box::leak(Box::new(eu));
    let applied = scratch.apply(&records).await;
    assert_eq!(outcomes(&applied), ["updated", "unchanged", "unchanged"]);
    scratch.assert_complete(&records).await;
    let after = scratch
        .client
        .deployment_by_name("daily", "eu")
        .await
        .unwrap()
        .unwrap();
    for schedule in &before.schedules {
        assert!(
            after.schedules.iter().any(|kept| kept.id == schedule.id),
            "{:?}",
            schedule.slug
        );
    }
    let mut eu = deployment(records[0].flow, "eu");
    eu.parameters = days_7();
    eu.schedules = Box::leak(Box::new([interval("often", "1h")]));
    records[0] = Box::leak(Box::new(eu));
    scratch.apply(&records).await;
    let after = scratch
        .client
        .deployment_by_name("daily", "eu")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(after.schedules.len(), 1, "removed schedules are deleted");
    scratch.assert_complete(&records).await;
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn one_failing_deployment_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path(), None).await;
    let records = records();
    let mut plan = scratch.plan(&records).await;
    // Goes away between plan and apply.
    plan.deployments[1].desired.fields.work_pool_name = Some("gone".to_owned());
    let applied = apply(
        &scratch.client,
        plan,
        vec![scratch.upload().await],
        Progress::for_stderr(),
    )
    .await;
    assert_eq!(outcomes(&applied), ["created", "failed", "created"]);
    assert!(!applied.is_complete());
    assert_eq!(summary::count(&applied), "2 created, 1 failed");
    let finished = scratch.apply(&records).await;
    assert_eq!(outcomes(&finished), ["unchanged", "created", "unchanged"]);
    scratch.assert_complete(&records).await;
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn an_artifact_that_cannot_be_stored_keeps_its_deployments_back() {
    let folder = TempDir::new().unwrap();
    let scratch = Scratch::open(folder.path(), None).await;
    let plan = scratch.plan(&records()).await;
    let upload = scratch.upload().await;
    fs::write(folder.path().join("artifacts"), "a file in the way").unwrap();
    let progress = Progress::for_stderr();
    let applied = apply(&scratch.client, plan, vec![upload], progress).await;
    assert_eq!(outcomes(&applied), ["failed", "failed", "failed"]);
    assert_eq!(applied.errors.len(), 1);
    let all = scratch
        .client
        .deployments(&Default::default())
        .await
        .unwrap();
    assert!(
        all.is_empty(),
        "a deployment points to an artifact that is not there"
    );
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn killed_at_every_write_a_second_apply_ends_in_the_right_state() {
    let records = records();
    let mut kills = 0;
    for phase in ["before", "after"] {
        for number in 1.. {
            let folder = TempDir::new().unwrap();
            let child = Command::new(env::current_exe().unwrap())
                .args(["--exact", "tests::applying::child_applies"])
                .env(
                    CHILD,
                    format!("{}\n{phase}\n{number}", folder.path().display()),
                )
                .output()
                .unwrap();
            let scratch = Scratch::open(folder.path(), None).await;
            if child.status.success() {
                scratch.assert_complete(&records).await;
                assert!(number > 6, "an apply has more writes");
                break;
            }
            kills += 1;
            let applied = scratch.apply(&records).await;
            assert!(
                applied.is_complete(),
                "{phase} write {number}: {:?}",
                applied.outcomes
            );
            scratch.assert_complete(&records).await;
            scratch.server.shutdown().await;
        }
    }
    // A pool, two flows and three deployments, each killed before and after its commit.
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
    let scratch = Scratch::open(Path::new(folder), Some(hook)).await;
    assert!(scratch.apply(&records()).await.is_complete());
    scratch.server.shutdown().await;
}
