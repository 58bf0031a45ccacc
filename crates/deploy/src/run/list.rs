//! `list`: what is declared beside what the server has.

use std::collections::BTreeSet;

use chrono::Utc;
use longshore_prefect::Client;
use serde_json::{Value, json};
use uuid::Uuid;

use super::session::Session;
use super::{Flows, in_environment, tell_environment};
use crate::command_line::{ListArguments, Output};
use crate::config::Config;
use crate::desired::{DeploymentKey, Desired};
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::listing::{Listed, Status};
use crate::observe::{Observed, observe};
use crate::plan::options::{MissingPools, Orphans, PlanOptions};
use crate::plan::removals;
use crate::plan::{ArtifactPlans, plan};
use crate::report::{json as report_json, listing, print, print_json, summary, tell, tell_failure};

/// Lists the chosen deployments, and of the whole workspace those too that are no longer declared.
///
/// # Errors
/// The declarations have mistakes, or the server cannot be reached.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &ListArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let chosen = flows.chosen(&arguments.choosing)?;
    let declared = chosen.declared(flows.config)?;
    if arguments.offline {
        tell_environment(flows.config);
        let json = || in_environment(report_json::declared(&declared), flows.config);
        match output {
            Output::Text => print(&summary::declared(&declared)),
            Output::Json => print_json(&json()),
        }
        return Ok(Exit::Done);
    }
    let session = Session::open(flows.root, flows.config).await;
    let session = session.inspect_err(offer_offline)?;
    let client = &session.connection.client;
    let all_names = chosen.all.then(|| {
        let all = flows.registry.deployments.iter();
        all.map(|record| DeploymentKey::of(record, flows.config))
            .collect()
    });
    let listed = list(client, flows.config, declared, all_names).await;
    let target = session.target.to_string();
    session.connection.close().await;
    let listed = listed.inspect_err(offer_offline)?;
    match output {
        Output::Text => {
            print(&listing::text(&listed, Utc::now()));
            tell(&listing::count(&listed));
        }
        Output::Json => {
            let deployments: Vec<Value> = listed.iter().map(listing::json).collect();
            let value = json!({ "target": target, "deployments": deployments });
            print_json(&in_environment(value, flows.config));
        }
    }
    Ok(Exit::Done)
}

fn offer_offline(_: &Failure) {
    tell("notice: `list --offline` shows what is declared without a server");
}

/// Compares the declared deployments with the server's, and asks for their runs; with `all_names`, which are those that
/// the whole workspace declares, the owner's other deployments are listed too.
///
/// # Errors
/// The server cannot be reached or refuses.
pub(crate) async fn list(
    client: &Client,
    config: &Config,
    declared: Vec<Desired>,
    all_names: Option<BTreeSet<DeploymentKey>>,
) -> Result<Vec<Listed>, Failure> {
    let owner_tag = config.owner_tag();
    let observed = observe(client, &declared, &owner_tag).await;
    let mut observed = observed.map_err(ReadServerError::from)?;
    let changed = changed(&declared, &observed, config);
    let mut listed: Vec<Listed> = Vec::new();
    for desired in declared {
        let stored = observed.deployments.get(&desired.key).cloned();
        let status = match (&stored, &changed) {
            (None, _) => Status::NotDeployed,
            (Some(stored), _) if !stored.tags.contains(&owner_tag) => Status::NotOurs,
            (Some(_), None) => Status::Unknown,
            (Some(_), Some(changed)) if changed.contains(&desired.key) => Status::Changed,
            (Some(_), Some(_)) => Status::Unchanged,
        };
        listed.push(Listed::new(
            desired.key.clone(),
            status,
            Some(desired),
            stored,
        ));
    }
    if let Some(names) = all_names {
        for removal in removals::all_of(&observed, &owner_tag) {
            if !names.contains(&removal.key) {
                let stored = observed.deployments.remove(&removal.key);
                listed.push(Listed::new(removal.key, Status::NotDeclared, None, stored));
            }
        }
    }
    let ids: Vec<Uuid> = listed.iter().filter_map(Listed::id).collect();
    let mut next = client
        .next_runs(&ids)
        .await
        .map_err(ReadServerError::from)?;
    let mut last = client
        .last_runs(&ids)
        .await
        .map_err(ReadServerError::from)?;
    for listed in &mut listed {
        if let Some(id) = listed.id() {
            listed.next_run = next.remove(&id);
            listed.last_run = last.remove(&id);
        }
    }
    Ok(listed)
}

/// The deployments that a plan would change, or `None` if none can be made; the reason is told.
fn changed(
    declared: &[Desired],
    observed: &Observed,
    config: &Config,
) -> Option<BTreeSet<DeploymentKey>> {
    let owner_tag = config.owner_tag();
    let is_ours = |desired: &&Desired| {
        let stored = observed.deployments.get(&desired.key);
        stored.is_some_and(|stored| stored.tags.contains(&owner_tag))
    };
    // What stops an apply as a whole, such as a missing pool, does not stop the comparison.
    let options = PlanOptions {
        missing_pools: MissingPools::CreateAny,
        create_queues: true,
        orphans: Orphans::Ignore,
        ..PlanOptions::default()
    };
    let ours: Vec<Desired> = declared.iter().filter(is_ours).cloned().collect();
    match plan(ours, observed, ArtifactPlans::default(), config, &options) {
        Ok(plan) => {
            let changed = plan.deployments.into_iter();
            let changed = changed.filter(|deployment| !deployment.is_unchanged());
            Some(changed.map(|deployment| deployment.desired.key).collect())
        }
        Err(failure) => {
            tell_failure(&failure);
            tell("notice: `plan` refuses for this reason, so it is unknown what has changed");
            None
        }
    }
}
