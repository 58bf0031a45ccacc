//! Existing pools whose job template differs from what longshore.toml says.

use std::collections::BTreeSet;

use longshore_prefect::WorkPool;
use serde_json::{Value, json};

use super::difference::differences;
use super::settings;
use crate::config::Config;
use crate::desired::Desired;
use crate::fields::FieldChange;
use crate::observe::Observed;

/// A pool that gets another job template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PoolUpdate {
    pub(crate) pool: String,
    pub(crate) template: Value,
    pub(crate) changes: Vec<FieldChange>,
}

impl PoolUpdate {
    /// The update in machine-readable form.
    pub(crate) fn json(&self) -> Value {
        json!({
            "pool": self.pool,
            "base_job_template": self.template,
            "changes": self.changes,
        })
    }
}

/// The pools that deployments name and that have a section in longshore.toml, but another template.
pub(in crate::plan) fn pool_updates(
    desired: &[Desired],
    observed: &Observed,
    config: &Config,
) -> Vec<PoolUpdate> {
    let named = desired.iter();
    let named: BTreeSet<&String> = named
        .filter_map(|desired| desired.fields.work_pool_name.as_ref())
        .filter(|name| config.declares_pool(name))
        .collect();
    let existing = named
        .into_iter()
        .filter_map(|name| observed.pools.get(name));
    existing.filter_map(|pool| update(pool, config)).collect()
}

/// How the template of a pool has to change; `None` if it need not, or if the pool is of another type.
pub(super) fn update(pool: &WorkPool, config: &Config) -> Option<PoolUpdate> {
    let settings = settings(&pool.name, config);
    if settings.kind != pool.kind {
        return None;
    }
    let template = settings.template(Some(&pool.base_job_template))?;
    let changes = differences(&pool.base_job_template, &template);
    (!changes.is_empty()).then(|| PoolUpdate {
        pool: pool.name.clone(),
        template,
        changes,
    })
}
