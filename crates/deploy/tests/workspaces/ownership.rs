//! Rename, prune, adopt and destroy on a real Prefect server, beside deployments that belong to others.

use std::collections::BTreeMap;

use longshore_prefect::{
    Client, ClientOptions, Deployment, DeploymentFilter, DeploymentWrite, FlowRunWrite,
};
use longshore_rig::{PrefectServer, Version};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::process::Finished;
use crate::workspace::Workspace;

const LIBRARY: &str = "projects/demo/report/src/lib.rs";

const REPORT: &str = r#"
use longshore::{deployment, flow};

#[flow]
#[deployment(name = "a", schedule = "0 6 * * *")]
#[deployment(name = "b", schedule = "0 7 * * *")]
#[deployment(name = "old", schedule = "0 8 * * *")]
#[deployment(name = "gone", schedule = "0 9 * * *")]
async fn report() {}
"#;

struct Observer {
    runtime: Runtime,
    client: Client,
}

impl Observer {
    fn deployments(&self) -> BTreeMap<String, Deployment> {
        let found = self
            .runtime
            .block_on(self.client.deployments(&DeploymentFilter::default()));
        let found = found.expect("the deployments").into_iter();
        found
            .map(|deployment| (deployment.name.clone(), deployment))
            .collect()
    }

    fn names(&self) -> Vec<String> {
        self.deployments().into_keys().collect()
    }

    /// A deployment that Longshore has not made here.
    fn write(&self, name: &str, tags: &[&str]) {
        let written = self.runtime.block_on(async {
            let flow = self.client.upsert_flow("report", &[]).await?;
            let mut write = DeploymentWrite::new(name.to_owned(), flow.id);
            write.tags = tags.iter().map(ToString::to_string).collect();
            self.client.write_deployment(&write).await
        });
        written.expect("a deployment");
    }

    /// A run made by hand, that no worker takes.
    fn waiting_run(&self, deployment: Uuid) -> Uuid {
        let run = FlowRunWrite::new("by hand");
        let made = self
            .runtime
            .block_on(self.client.create_flow_run(deployment, &run));
        made.expect("a run").id
    }

    fn exists(&self, run: Uuid) -> bool {
        let found = self.runtime.block_on(self.client.flow_run(run));
        found.expect("an answer").is_some()
    }
}

#[test]
fn what_is_ours_is_renamed_pruned_and_destroyed_and_nothing_else() {
    let server = PrefectServer::start(Version::Prefect3).expect("a Prefect server");
    let observer = Observer {
        runtime: Runtime::new().expect("a runtime"),
        client: Client::new(ClientOptions::new(server.api_url())).expect("a client"),
    };
    let mut workspace = Workspace::new();
    workspace.flow("demo/report", "", REPORT);
    let deploy = |arguments: &[&str]| workspace.deploy_to(&server, arguments);
    observer.write("b", &[]);
    observer.write("other", &["longshore:other/default"]);
    deploy(&["--create-pools"])
        .code(1)
        .says(&[
            "deployment `report/b` at projects/demo/report/src/lib.rs:6:1: a deployment of this name is on the server already",
            "`--adopt`",
        ]);
    deploy(&["--create-pools", "--adopt"]).code(0);
    let before = observer.deployments();
    let waiting = ["old", "gone"].map(|name| observer.waiting_run(before[name].id));
    let paused = observer
        .runtime
        .block_on(observer.client.set_paused(before["old"].id, true));
    paused.expect("a pause");

    let renamed = r#"name = "new", renamed_from = "old""#;
    workspace.edit(LIBRARY, r#"name = "old""#, renamed);
    let gone = "#[deployment(name = \"gone\", schedule = \"0 9 * * *\")]\n";
    workspace.edit(LIBRARY, gone, "");
    deploy(&["plan", "--prune"]).code(2).prints(&[
        "then pause, empty and delete report/old (renamed)",
        "- delete report/gone",
        "1 to create, 2 to update, 2 to delete, 0 unchanged",
    ]);
    deploy(&["plan", "--prune", "--prune-limit", "20"])
        .code(1)
        .says(&["1 of the 4 deployments", "`--prune-limit 25`"]);
    deploy(&["--prune"])
        .code(0)
        .says(&["1 created, 2 updated, 2 deleted"]);
    assert_eq!(observer.names(), ["a", "b", "new", "other"]);
    assert!(observer.deployments()["new"].paused);
    assert_eq!(waiting.map(|run| observer.exists(run)), [false, false]);
    deploy(&["plan", "--prune"]).code(0);

    check_preview(&workspace, &observer, &deploy);

    deploy(&["destroy"]).code(1).says(&["give `--yes`"]);
    deploy(&["destroy", "--yes"]).code(0).says(&["3 deleted"]);
    assert_eq!(observer.names(), ["other"]);
}

/// A preview comes and goes; production and what others have made stay as they were, to the time of their last change.
fn check_preview(
    workspace: &Workspace,
    observer: &Observer,
    deploy: &impl Fn(&[&str]) -> Finished,
) {
    let file = workspace.read("longshore.toml");
    let preview = "\n[env.\"pr-*\"]\nsuffix = \"-{env}\"\nschedules = false\n";
    workspace.write("longshore.toml", &(file + preview));
    observer.write("by-hand-pr-1", &["team"]);
    observer.write("gone-pr-1", &["longshore:scratch/pr-1"]);
    observer.write("a-pr-10", &["longshore:scratch/pr-10"]);
    let others = || {
        let mut all = observer.deployments();
        all.retain(|_, found| !found.tags.contains(&"longshore:scratch/pr-1".to_owned()));
        all
    };
    let before = others();
    assert_eq!(before.len(), 6);
    deploy(&["--env", "pr-1", "--prune", "--prune-limit", "100"])
        .code(0)
        .says(&["environment: pr-1", "3 created, 1 deleted"]);
    assert_eq!(others(), before);
    let made = observer.deployments();
    assert_eq!(made.len(), 9);
    assert!(
        made["a-pr-1"]
            .schedules
            .iter()
            .all(|schedule| !schedule.active)
    );
    deploy(&["plan", "--env", "pr-1"]).code(0);
    deploy(&["destroy", "--env", "pr-1", "--yes"])
        .code(0)
        .says(&["3 deleted"]);
    assert_eq!(observer.deployments(), before);
    for name in ["by-hand-pr-1", "a-pr-10"] {
        let id = before[name].id;
        let deleted = observer
            .runtime
            .block_on(observer.client.delete_deployment(id));
        assert!(deleted.expect("an answer"));
    }
}
