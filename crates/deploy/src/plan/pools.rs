//! Work pools: those that a plan creates, and what the existing ones let a run choose.

pub(crate) mod note;
mod placeholder;
mod template;

use longshore_prefect::WorkPoolWrite;
use serde_json::json;

use super::error::PlanError;
use super::options::MissingPools;
use crate::config::Config;
use crate::desired::{Desired, RUNNER};
use crate::observe::Observed;
use template::{Start, job_template};

/// The pools that are named and not there.
pub(super) fn missing_pools(
    desired: &[Desired],
    observed: &Observed,
    config: &Config,
    missing: MissingPools,
    problems: &mut Vec<PlanError>,
) -> Vec<WorkPoolWrite> {
    let mut names: Vec<&String> = desired
        .iter()
        .filter_map(|desired| desired.fields.work_pool_name.as_ref())
        .filter(|name| !observed.pools.contains_key(*name))
        .collect();
    names.sort();
    names.dedup();
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
                let Some(template) = job_template(kind, start(name, config)) else {
                    problems.push(PlanError::NoTemplate {
                        pool: name.clone(),
                        kind: kind.to_owned(),
                    });
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

/// How the workers of a pool start a run, as longshore.toml wants it.
fn start<'a>(pool: &str, config: &'a Config) -> Start<'a> {
    if config.is_open_pool(pool) {
        Start::ChosenByRuns
    } else {
        Start::Command(config.runner.as_deref().unwrap_or(RUNNER))
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
