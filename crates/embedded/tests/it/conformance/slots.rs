//! How many runs of a deployment are active at once.

use longshore_prefect::{
    CollisionStrategy, ConcurrencyOptions, FlowRunWrite, SetStateAnswer, SetStateStatus, State,
    StateType,
};
use uuid::Uuid;

use crate::api::Api;

const REASON: Option<&str> = Some("Deployment concurrency limit reached.");

/// Two runs of a deployment that may have one at once.
async fn two_runs(api: &Api, strategy: Option<CollisionStrategy>) -> (Uuid, Uuid) {
    let mut write = api.write().await;
    write.concurrency_limit = Some(1);
    write.concurrency_options = strategy.map(|collision_strategy| ConcurrencyOptions {
        collision_strategy,
        grace_period_seconds: None,
    });
    let written = api.client.write_deployment(&write).await;
    let deployment = written.expect("a deployment").deployment.id;
    let mut ids = Vec::new();
    for key in ["one", "two"] {
        let run = FlowRunWrite::new(key);
        let made = api.client.create_flow_run(deployment, &run).await;
        ids.push(made.expect("a run").id);
    }
    (ids[0], ids[1])
}

async fn propose(api: &Api, run: Uuid, kind: StateType) -> SetStateAnswer {
    let answer = api
        .client
        .set_flow_run_state(run, State::new(kind), Uuid::new_v4())
        .await;
    answer.expect("an answer")
}

fn told(answer: &SetStateAnswer) -> (SetStateStatus, Option<&str>, Option<&str>) {
    let state = answer
        .state
        .as_ref()
        .and_then(|state| state.name.as_deref());
    (answer.status, state, answer.details.reason.as_deref())
}

pub(super) async fn a_run_without_a_slot_waits(api: &Api) {
    for strategy in [None, Some(CollisionStrategy::Enqueue)] {
        let (first, second) = two_runs(api, strategy).await;
        let taken = propose(api, first, StateType::Pending).await;
        assert_eq!(taken.status, SetStateStatus::Accept);
        for kind in [StateType::Running, StateType::Cancelling] {
            let refused = propose(api, second, StateType::Pending).await;
            let expected = (
                SetStateStatus::Reject,
                Some("AwaitingConcurrencySlot"),
                REASON,
            );
            assert_eq!(told(&refused), expected, "before {kind:?}");
            let answer = propose(api, first, kind).await;
            assert_eq!(answer.status, SetStateStatus::Accept);
        }
        propose(api, first, StateType::Cancelled).await;
        let taken = propose(api, second, StateType::Pending).await;
        assert_eq!(taken.status, SetStateStatus::Accept);
    }
}

pub(super) async fn a_run_without_a_slot_is_cancelled(api: &Api) {
    let (first, second) = two_runs(api, Some(CollisionStrategy::CancelNew)).await;
    propose(api, first, StateType::Pending).await;
    let refused = propose(api, second, StateType::Pending).await;
    let expected = (SetStateStatus::Reject, Some("Cancelled"), REASON);
    assert_eq!(told(&refused), expected);
    let message = refused.state.and_then(|state| state.message);
    assert_eq!(message.as_deref(), REASON);
}
