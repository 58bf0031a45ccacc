//! Runs that are found by what is known of them.

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use longshore_prefect::{
    Client, FlowRun, FlowRunFilter, FlowRunOrder, FlowRunWrite, State, StateType,
};
use uuid::Uuid;

use crate::api::{Api, unique};

/// Runs of a new deployment, which is tagged.
struct Scene<'a> {
    client: &'a Client,
    deployment: Uuid,
    tag: String,
    now: DateTime<Utc>,
}

impl<'a> Scene<'a> {
    async fn new(api: &'a Api) -> Self {
        let mut write = api.write().await;
        let tag = unique("tag");
        write.tags = vec![tag.clone()];
        let written = api.client.write_deployment(&write).await;
        Self {
            client: &api.client,
            deployment: written.expect("a deployment").deployment.id,
            tag,
            now: Utc::now()
                .duration_trunc(TimeDelta::seconds(1))
                .expect("a time"),
        }
    }

    /// A run that is due in so many minutes.
    async fn run(&self, name: &str, minutes: i64) -> FlowRun {
        let write = FlowRunWrite {
            name: Some(name.to_owned()),
            state: Some(State::scheduled(self.now + TimeDelta::minutes(minutes))),
            ..FlowRunWrite::new(name)
        };
        let made = self.client.create_flow_run(self.deployment, &write).await;
        made.expect("a run")
    }

    async fn enter(&self, run: &FlowRun, kinds: &[StateType]) {
        for kind in kinds {
            let state = State::new(*kind);
            let entered = self.client.force_flow_run_state(run.id, &state).await;
            entered.expect("an answer");
        }
    }

    fn ours(&self) -> FlowRunFilter {
        FlowRunFilter {
            deployment: Some(self.deployment),
            ..FlowRunFilter::default()
        }
    }

    async fn names(
        &self,
        filter: &FlowRunFilter,
        order: FlowRunOrder,
        limit: usize,
    ) -> Vec<String> {
        let runs = self.client.flow_runs(filter, order, limit).await;
        let runs = runs.expect("runs").into_iter();
        runs.map(|run| run.name).collect()
    }

    async fn sorted(&self, filter: FlowRunFilter) -> Vec<String> {
        let mut names = self.names(&filter, FlowRunOrder::EarliestFirst, 100).await;
        names.sort();
        names
    }
}

pub(super) async fn runs_are_found_by_what_is_known_of_them(api: &Api) {
    let scene = Scene::new(api).await;
    let other = Scene::new(api).await;
    scene.run("late", -10).await;
    let begun = scene.run("begun", -5).await;
    scene
        .enter(&begun, &[StateType::Pending, StateType::Running])
        .await;
    let ended = scene.run("ended", -20).await;
    scene.enter(&ended, &[StateType::Completed]).await;
    scene.run("coming", 60).await;
    other.run("late", -10).await;

    let ours = scene.ours();
    let latest = scene.names(&ours, FlowRunOrder::LatestFirst, 3).await;
    assert_eq!(latest, ["coming", "begun", "late"]);
    let earliest = scene.names(&ours, FlowRunOrder::EarliestFirst, 100).await;
    assert_eq!(earliest, ["ended", "late", "begun", "coming"]);
    let tagged = FlowRunFilter {
        tags_all: vec![scene.tag.clone()],
        ..FlowRunFilter::default()
    };
    assert_eq!(
        scene.sorted(tagged.clone()).await,
        ["begun", "coming", "ended", "late"]
    );
    let named = FlowRunFilter {
        name: Some("late".to_owned()),
        ..tagged
    };
    assert_eq!(scene.sorted(named).await, ["late"]);
    let due = FlowRunFilter {
        due_until: Some(scene.now),
        ..ours.clone()
    };
    assert_eq!(scene.sorted(due).await, ["begun", "ended", "late"]);
    for (states, expected) in [
        (vec![StateType::Scheduled], vec!["coming", "late"]),
        (vec![StateType::Running], vec!["begun"]),
        (vec![StateType::Completed], vec!["ended"]),
        (
            vec![StateType::Running, StateType::Completed],
            vec!["begun", "ended"],
        ),
        (
            vec![StateType::Scheduled, StateType::Running],
            vec!["begun", "coming", "late"],
        ),
        (vec![StateType::Crashed], vec![]),
    ] {
        let filter = FlowRunFilter {
            states: states.clone(),
            ..ours.clone()
        };
        assert_eq!(scene.sorted(filter).await, expected, "{states:?}");
    }
}

/// What waits is found by its next time, whatever became of it before.
pub(super) async fn runs_that_wait_are_found_by_their_next_time(api: &Api) {
    let scene = Scene::new(api).await;
    scene.run("second", 10).await;
    scene.run("first", -10).await;
    scene.run("fourth", 30).await;
    let again = scene.run("third", -40).await;
    scene
        .enter(&again, &[StateType::Running, StateType::Failed])
        .await;
    let state = State {
        name: Some("AwaitingRetry".to_owned()),
        ..State::scheduled(scene.now + TimeDelta::minutes(20))
    };
    let entered = scene.client.force_flow_run_state(again.id, &state).await;
    entered.expect("an answer");
    let gone = scene.run("gone", 15).await;
    let deleted = scene.client.delete_flow_run(gone.id).await;
    assert!(deleted.expect("an answer"));

    let waiting = FlowRunFilter {
        states: vec![StateType::Scheduled],
        ..scene.ours()
    };
    let next = FlowRunOrder::NextFirst;
    let all = scene.names(&waiting, next, 100).await;
    assert_eq!(all, ["first", "second", "third", "fourth"]);
    let at = |minutes| Some(scene.now + TimeDelta::minutes(minutes));
    let due = FlowRunFilter {
        next_until: at(20),
        ..waiting.clone()
    };
    assert_eq!(
        scene.names(&due, next, 100).await,
        ["first", "second", "third"]
    );
    let coming = FlowRunFilter {
        next_from: at(20),
        ..waiting
    };
    assert_eq!(scene.names(&coming, next, 1).await, ["third"]);
}

pub(super) async fn deployments_are_found_by_their_ids(api: &Api) {
    let (one, two) = (Scene::new(api).await, Scene::new(api).await);
    let ids = [one.deployment, Uuid::new_v4(), two.deployment];
    let found = api.client.deployments_by_id(&ids).await;
    let mut found: Vec<Uuid> = found
        .expect("deployments")
        .iter()
        .map(|found| found.id)
        .collect();
    found.sort_unstable();
    let mut expected = vec![one.deployment, two.deployment];
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(api.client.deployments_by_id(&[]).await.expect("none"), []);
}
