//! The runs that are under way here, and which come next.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use longshore_embedded::Server;
use longshore_prefect::{
    Client, CollisionStrategy, Deployment, Error, FlowRun, FlowRunFilter, FlowRunOrder, State,
    StateType,
};
use longshore_storage::AllowedStores;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Stop;
use super::flow_run::live;
use super::process::{GRACE, Order};
use super::verified::Verified;
use crate::report::tell;
use crate::served::Address;

/// Runs that are due which are looked at; further ones come once these have begun.
const LOOKED_AT: usize = 1000;

/// Where runs run, and where they are reported.
pub(super) struct Place {
    pub(super) client: Client,
    pub(super) address: Address,
    pub(super) root: PathBuf,
    pub(super) stores: AllowedStores,
    pub(super) verified: Verified,
}

impl Place {
    pub(super) fn new(
        server: &Server,
        client: Client,
        root: PathBuf,
        stores: AllowedStores,
    ) -> Self {
        Self {
            client,
            address: Address::of(server),
            root,
            stores,
            verified: Verified::default(),
        }
    }
}

/// A run that has been begun here.
struct Begun {
    deployment: Option<Uuid>,
    orders: watch::Sender<Order>,
}

/// The runs under way.
pub(super) struct Runs {
    place: Arc<Place>,
    limit: usize,
    begun: HashMap<Uuid, Begun>,
    lives: JoinSet<Uuid>,
    /// Whether one has ended since the last look.
    has_room: bool,
}

impl Runs {
    pub(super) fn new(place: Place, limit: usize) -> Self {
        Self {
            place: Arc::new(place),
            limit,
            begun: HashMap::new(),
            lives: JoinSet::new(),
            has_room: false,
        }
    }

    pub(super) fn has_room(&self) -> bool {
        self.has_room
    }

    /// Begins what is due and has room, and ends what is being cancelled; when to look again.
    pub(super) async fn look(
        &mut self,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Error> {
        self.has_room = false;
        let waiting = FlowRunFilter {
            states: vec![StateType::Scheduled],
            ..FlowRunFilter::default()
        };
        let due = FlowRunFilter {
            next_until: Some(now),
            ..waiting.clone()
        };
        let client = &self.place.client;
        let mut due = client
            .flow_runs(&due, FlowRunOrder::NextFirst, LOOKED_AT)
            .await?;
        due.retain(|run| !self.begun.contains_key(&run.id) && !waits_in_its_process(run));
        if !due.is_empty() {
            let mut ids: Vec<Uuid> = due.iter().filter_map(|run| run.deployment_id).collect();
            ids.sort_unstable();
            ids.dedup();
            let deployments = client.deployments_by_id(&ids).await?.into_iter();
            let deployments: HashMap<Uuid, Deployment> = deployments
                .map(|deployment| (deployment.id, deployment))
                .collect();
            self.begin(due, &deployments);
        }
        let cancelling = FlowRunFilter {
            states: vec![StateType::Cancelling],
            ..FlowRunFilter::default()
        };
        let client = &self.place.client;
        for run in client
            .flow_runs(&cancelling, FlowRunOrder::EarliestFirst, LOOKED_AT)
            .await?
        {
            match self.begun.get(&run.id) {
                Some(begun) => order(begun, Order::End),
                // Nothing runs that could be stopped.
                None => {
                    let cancelled = State::new(StateType::Cancelled);
                    client
                        .set_flow_run_state(run.id, cancelled, Uuid::new_v4())
                        .await?;
                }
            }
        }
        let next = FlowRunFilter {
            next_from: Some(now),
            ..waiting
        };
        let next = client.flow_runs(&next, FlowRunOrder::NextFirst, 1).await?;
        let next = next.first().and_then(|run| run.state.as_ref());
        Ok(next.and_then(|state| state.state_details.scheduled_time))
    }

    fn begin(&mut self, due: Vec<FlowRun>, deployments: &HashMap<Uuid, Deployment>) {
        let mut active: HashMap<Uuid, usize> = HashMap::new();
        for deployment in self.begun.values().filter_map(|begun| begun.deployment) {
            *active.entry(deployment).or_default() += 1;
        }
        let room = self.limit.saturating_sub(self.begun.len());
        for run in chosen(due, deployments, active, room) {
            let deployment = run
                .deployment_id
                .and_then(|id| deployments.get(&id).cloned());
            let (orders, ordered) = watch::channel(Order::Run);
            let begun = Begun {
                deployment: run.deployment_id,
                orders,
            };
            self.begun.insert(run.id, begun);
            let place = Arc::clone(&self.place);
            self.lives.spawn(async move {
                let id = run.id;
                live(&place, run, deployment, ordered).await;
                id
            });
        }
    }

    /// Waits until a run under way has ended.
    pub(super) async fn one_ended(&mut self) {
        match self.lives.join_next().await {
            Some(ended) => self.note(&ended),
            None => std::future::pending().await,
        }
    }

    fn note(&mut self, ended: &Result<Uuid, tokio::task::JoinError>) {
        self.has_room = true;
        match ended {
            Ok(id) => _ = self.begun.remove(id),
            // A panic of ours, which says nothing of which run it was: those without a life are no longer waited for.
            Err(_) => self.begun.retain(|_, begun| !begun.orders.is_closed()),
        }
    }

    /// Ends what is under way.
    pub(super) async fn end(mut self, stop: &mut watch::Receiver<Stop>) {
        if self.begun.is_empty() {
            return;
        }
        tell(&format!(
            "stopping: {} under way, {} s to end; Ctrl-C again kills",
            if self.begun.len() == 1 {
                "1 run is".to_owned()
            } else {
                format!("{} runs are", self.begun.len())
            },
            GRACE.as_secs()
        ));
        let mut wanted = Order::End;
        loop {
            if *stop.borrow_and_update() == Stop::AtOnce {
                wanted = Order::Die;
            }
            for begun in self.begun.values() {
                order(begun, wanted);
            }
            tokio::select! {
                ended = self.lives.join_next() => match ended {
                    Some(ended) => self.note(&ended),
                    None => return,
                },
                changed = stop.changed() => if changed.is_err() {
                    // Nobody is left who could ask for more.
                    while let Some(ended) = self.lives.join_next().await {
                        self.note(&ended);
                    }
                    return;
                },
            }
        }
    }
}

fn order(begun: &Begun, order: Order) {
    begun.orders.send_if_modified(|given| {
        let is_more = order > *given;
        *given = order.max(*given);
        is_more
    });
}

/// Whether the process that made the former attempt is to make the next one.
pub(super) fn waits_in_its_process(run: &FlowRun) -> bool {
    let kind = run.empirical_policy.get("retry_type");
    let name = run.state.as_ref().and_then(|state| state.name.as_deref());
    name == Some("AwaitingRetry") && kind.and_then(Value::as_str) == Some("in_process")
}

/// Which of the due runs begin, in their order: no more than there is room for, and no more of a deployment than it may
/// have at once. One that is to be cancelled for want of a slot begins too, since that needs no room.
fn chosen(
    due: Vec<FlowRun>,
    deployments: &HashMap<Uuid, Deployment>,
    mut active: HashMap<Uuid, usize>,
    mut room: usize,
) -> Vec<FlowRun> {
    let mut chosen = Vec::new();
    for run in due {
        let deployment = run.deployment_id.and_then(|id| deployments.get(&id));
        let limit = deployment.and_then(Deployment::concurrency_limit);
        let taken = run.deployment_id.map(|id| active.entry(id).or_default());
        let is_full = match (limit, &taken) {
            (Some(limit), Some(taken)) => **taken >= limit as usize,
            _ => false,
        };
        let strategy = deployment
            .and_then(|deployment| deployment.concurrency_options.as_ref())
            .map(|options| &options.collision_strategy);
        match (is_full, strategy) {
            // The server says so.
            (true, Some(CollisionStrategy::CancelNew)) => chosen.push(run),
            (true, _) => {}
            (false, _) if room == 0 => {}
            (false, _) => {
                room -= 1;
                if let Some(taken) = taken {
                    *taken += 1;
                }
                chosen.push(run);
            }
        }
    }
    chosen
}

#[cfg(test)]
mod tests;
