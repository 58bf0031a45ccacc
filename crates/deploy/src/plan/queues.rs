//! Queues that are new, and those that look like a slip of the pen.

use std::collections::BTreeSet;

use longshore_spec::suggest::distance;
use serde::Serialize;

use super::error::PlanError;
use super::options::{MissingPools, PlanOptions};
use crate::desired::{DEFAULT_QUEUE, Desired};
use crate::observe::Observed;

/// Letters by which a new queue may differ from an existing one and still be taken for it.
const SIMILAR: usize = 2;

/// A queue that the server makes with the first deployment that names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct NewQueue {
    pub(crate) pool: String,
    pub(crate) queue: String,
}

/// The queues that are named and not there.
pub(super) fn new_queues(
    desired: &[Desired],
    observed: &Observed,
    options: &PlanOptions,
    problems: &mut Vec<PlanError>,
) -> Vec<NewQueue> {
    let wanted: BTreeSet<NewQueue> = desired.iter().filter_map(named).collect();
    let with_the_pool = BTreeSet::from([DEFAULT_QUEUE.to_owned()]);
    let mut found = Vec::new();
    for wanted in wanted {
        let is_new_pool = !observed.pools.contains_key(&wanted.pool);
        let existing = if is_new_pool {
            Some(&with_the_pool)
        } else {
            observed.queues.get(&wanted.pool)
        };
        let existing = existing.into_iter().flatten();
        if existing.clone().any(|queue| *queue == wanted.queue) {
            continue;
        }
        let may_be_meant =
            options.create_queues || is_new_pool && options.missing_pools != MissingPools::Create;
        match existing.min_by_key(|queue| distance(queue, &wanted.queue)) {
            Some(similar) if !may_be_meant && are_similar(similar, &wanted.queue) => {
                let users = desired
                    .iter()
                    .filter(|desired| named(desired).as_ref() == Some(&wanted));
                problems.push(PlanError::SimilarQueue {
                    deployments: users.map(Desired::declaration).collect(),
                    pool: wanted.pool,
                    queue: wanted.queue,
                    similar: similar.clone(),
                });
            }
            _ => found.push(wanted),
        }
    }
    found
}

fn named(desired: &Desired) -> Option<NewQueue> {
    Some(NewQueue {
        pool: desired.fields.work_pool_name.clone()?,
        queue: desired.fields.work_queue_name.clone()?,
    })
}

/// Two words without a letter in common are not similar, however short they are.
fn are_similar(left: &str, right: &str) -> bool {
    let shorter = left.chars().count().min(right.chars().count());
    let found = distance(left, right);
    found <= SIMILAR && found < shorter
}
