//! Work pools: those that a plan creates or updates, and what the existing ones let a run choose.

mod difference;
pub(crate) mod note;
mod placeholder;
pub(crate) mod update;

use std::collections::BTreeSet;

use longshore_prefect::WorkPoolWrite;
use serde_json::json;

use super::error::PlanError;
use super::options::MissingPools;
use crate::config::Config;
use crate::desired::{Desired, RUNNER};
use crate::job_template::{KUBERNETES, Settings, Start};
use crate::observe::Observed;

/// The pools that are named and not there.
pub(super) fn missing_pools(
    desired: &[Desired],
    observed: &Observed,
    config: &Config,
    missing: MissingPools,
    problems: &mut Vec<PlanError>,
) -> Vec<WorkPoolWrite> {
    let names = missing_names(desired, observed);
    let mut pools = Vec::new();
    for name in names {
        let kind = config.pool_type(name);
        let template = match missing {
            MissingPools::CreateAny => json!({}),
            MissingPools::Refuse => {
                problems.push(no_such_pool(name, desired, observed));
                continue;
            }
            MissingPools::Create => {
                let base = observed.worker_templates.get(kind);
                let Some(template) = settings(name, config).template(base) else {
                    problems.push(no_template(name, kind));
                    continue;
                };
                template
            }
        };
        pools.push(WorkPoolWrite {
            name: name.clone(),
            kind: kind.to_owned(),
            base_job_template: template,
            description: None,
            concurrency_limit: None,
        });
    }
    pools
}

fn missing_names<'a>(desired: &'a [Desired], observed: &Observed) -> BTreeSet<&'a String> {
    let named = desired.iter();
    named
        .filter_map(|desired| desired.fields.work_pool_name.as_ref())
        .filter(|name| !observed.pools.contains_key(*name))
        .collect()
}

/// Types of the pools that a plan creates with a template that starts with Prefect's own.
pub(crate) fn types_to_create<'a>(
    desired: &[Desired],
    observed: &Observed,
    config: &'a Config,
    missing: MissingPools,
) -> BTreeSet<&'a str> {
    if missing != MissingPools::Create {
        return BTreeSet::new();
    }
    let names = missing_names(desired, observed).into_iter();
    names
        .filter(|name| config.kubernetes(name).is_some())
        .map(|name| config.pool_type(name))
        .collect()
}

/// What longshore.toml says of a pool.
pub(crate) fn settings<'a>(pool: &str, config: &'a Config) -> Settings<'a> {
    Settings {
        kind: config.pool_type(pool),
        start: if config.is_open_pool(pool) {
            Start::ChosenByRuns
        } else {
            Start::Command(config.runner.as_deref().unwrap_or(RUNNER))
        },
        kubernetes: config.kubernetes(pool),
        own: config.pool_template(pool),
    }
}

fn no_template(pool: &str, kind: &str) -> PlanError {
    let (pool, kind) = (pool.to_owned(), kind.to_owned());
    match kind.as_str() {
        KUBERNETES => PlanError::NoRunnerImage { pool },
        _ => PlanError::NoTemplate { pool, kind },
    }
}

fn no_such_pool(name: &String, desired: &[Desired], observed: &Observed) -> PlanError {
    let users = desired
        .iter()
        .filter(|desired| desired.fields.work_pool_name.as_ref() == Some(name));
    PlanError::NoSuchPool {
        pool: name.clone(),
        deployments: users.map(Desired::declaration).collect(),
        existing: observed.pools.keys().cloned().collect(),
    }
}
