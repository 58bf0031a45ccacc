use std::collections::{HashMap, HashSet};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::body::parse;
use crate::error::ApiError;
use crate::filter::{DeploymentFilter, FlowFilter, Page, WorkPoolFilter, WorkQueueFilter};
use crate::model::{Deployment, Flow, WorkPool, WorkQueue};
use crate::store::{Reading, ReadingRecords, Store};

/// Unknown keys at this level are ignored, as in Prefect.
#[derive(Deserialize)]
struct DeploymentsFilter {
    #[serde(default)]
    deployments: Option<DeploymentFilter>,
    #[serde(default)]
    flows: Option<FlowFilter>,
    #[serde(default)]
    work_pools: Option<WorkPoolFilter>,
    #[serde(default)]
    work_pool_queues: Option<WorkQueueFilter>,
    #[serde(default)]
    sort: DeploymentSort,
    #[serde(default)]
    limit: Option<i64>,
    #[serde(default)]
    offset: Option<i64>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum DeploymentSort {
    CreatedDesc,
    UpdatedDesc,
    #[default]
    NameAsc,
    NameDesc,
}

pub(in crate::api) async fn filter(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request: DeploymentsFilter = parse(&body)?;
    let page = Page::new(request.limit, request.offset)?;
    store
        .read(move |tx| {
            let (mut deployments, pools) = matching(tx, &request)?;
            // Deployments of several flows may share a name: the id keeps pages apart.
            deployments.sort_by(|left, right| {
                let order = match request.sort {
                    DeploymentSort::CreatedDesc => right.created.cmp(&left.created),
                    DeploymentSort::UpdatedDesc => right.updated.cmp(&left.updated),
                    DeploymentSort::NameAsc => left.name.cmp(&right.name),
                    DeploymentSort::NameDesc => right.name.cmp(&left.name),
                };
                order.then(left.id.cmp(&right.id))
            });
            let deployments = page.of(deployments);
            let shown = deployments.iter().map(|deployment| {
                let pool = deployment.work_queue_id.and_then(|queue| pools.get(&queue));
                deployment.shown(pool.map(String::as_str))
            });
            Ok(Json(shown.collect()))
        })
        .await
}

pub(in crate::api) async fn count(
    State(store): State<Store>,
    body: Bytes,
) -> Result<Json<usize>, ApiError> {
    let request: DeploymentsFilter = parse(&body)?;
    store
        .read(move |tx| Ok(Json(matching(tx, &request)?.0.len())))
        .await
}

/// The deployments that are meant, and the name of its pool for each queue.
fn matching(
    tx: &impl Reading,
    request: &DeploymentsFilter,
) -> Result<(Vec<Deployment>, HashMap<Uuid, String>), ApiError> {
    let pools: Vec<WorkPool> = tx.all()?;
    let queues: Vec<WorkQueue> = tx.all()?;
    let wanted_pools: HashSet<Uuid> = pools
        .iter()
        .filter(|pool| {
            request
                .work_pools
                .as_ref()
                .is_none_or(|filter| filter.matches(pool))
        })
        .map(|pool| pool.id)
        .collect();
    let wanted_queues: HashSet<Uuid> = queues
        .iter()
        .filter(|queue| wanted_pools.contains(&queue.work_pool_id))
        .filter(|queue| {
            request
                .work_pool_queues
                .as_ref()
                .is_none_or(|filter| filter.matches(queue))
        })
        .map(|queue| queue.id)
        .collect();
    let by_queue = request.work_pools.is_some() || request.work_pool_queues.is_some();
    let flows: Option<HashSet<Uuid>> = match &request.flows {
        Some(filter) => {
            let flows: Vec<Flow> = tx.with_ids(filter.ids())?;
            Some(
                flows
                    .iter()
                    .filter(|flow| filter.matches(flow))
                    .map(|flow| flow.id)
                    .collect(),
            )
        }
        None => None,
    };
    let filter = request.deployments.as_ref();
    let mut deployments: Vec<Deployment> = tx.with_ids(filter.and_then(DeploymentFilter::ids))?;
    deployments.retain(|deployment| {
        filter.is_none_or(|filter| filter.matches(deployment))
            && flows
                .as_ref()
                .is_none_or(|flows| flows.contains(&deployment.flow_id))
            && (!by_queue
                || deployment
                    .work_queue_id
                    .is_some_and(|queue| wanted_queues.contains(&queue)))
    });
    let names: HashMap<Uuid, &str> = pools
        .iter()
        .map(|pool| (pool.id, pool.name.as_str()))
        .collect();
    let named = queues
        .iter()
        .filter_map(|queue| Some((queue.id, (*names.get(&queue.work_pool_id)?).to_owned())));
    Ok((deployments, named.collect()))
}
