//! Plans and results as JSON.

use longshore_spec::Explain as _;
use serde_json::{Value, json};

use crate::apply::{Applied, Outcome};
use crate::desired::{DeploymentKey, Desired};
use crate::error::explained;
use crate::fields::{ENVIRONMENT, environment_without_secrets};
use crate::plan::left_out::LeftOut;
use crate::plan::pools::note::PoolNote;
use crate::plan::pools::update::PoolUpdate;
use crate::plan::schedules::ScheduleChange;
use crate::plan::{Action, DeploymentPlan, Plan};

/// A plan.
pub(crate) fn plan(plan: &Plan, target: &str) -> Value {
    json!({
        "target": target,
        "changes": !plan.is_empty(),
        "pools": plan.pools,
        "pool_updates": plan.pool_updates.iter().map(PoolUpdate::json).collect::<Vec<_>>(),
        "pool_notes": plan.pool_notes.iter().map(PoolNote::json).collect::<Vec<_>>(),
        "queues": plan.queues,
        "containers": plan.containers,
        "artifacts": plan.artifacts.iter().map(|artifact| json!({
            "package": artifact.package,
            "location": artifact.location,
            "libc": artifact.libc,
            "action": if artifact.store { "store" } else { "unchanged" },
        })).collect::<Vec<_>>(),
        "deployments": plan.deployments.iter().map(deployment).collect::<Vec<_>>(),
        "deletions": plan.removals.iter().map(|removal| json!({
            "flow": removal.key.flow,
            "deployment": removal.key.deployment,
            "action": "delete",
        })).collect::<Vec<_>>(),
        "orphans": plan.orphans,
        "left_out": plan.left_out.iter().map(LeftOut::json).collect::<Vec<_>>(),
    })
}

/// What an apply has done.
pub(crate) fn applied(applied: &Applied, orphans: &[DeploymentKey], target: &str) -> Value {
    let deployments: Vec<Value> = applied
        .outcomes
        .iter()
        .map(|(plan, outcome)| {
            let mut value = deployment(plan);
            value["outcome"] = json!(match outcome {
                Outcome::Created => "created",
                Outcome::Updated => "updated",
                Outcome::Unchanged => "unchanged",
                Outcome::Failed(_) => "failed",
            });
            if let Outcome::Failed(error) = outcome {
                value["error"] = json!(explained(error));
                value["help"] = json!(error.help());
            }
            value
        })
        .collect();
    let deletions: Vec<Value> = applied
        .removed()
        .into_iter()
        .map(|removed| {
            json!({
                "flow": removed.key.flow,
                "deployment": removed.key.deployment,
                "outcome": removed.error.map_or("deleted", |_| "failed"),
                "error": removed.error.map(|error| explained(error)),
            })
        })
        .collect();
    let errors: Vec<String> = applied
        .errors
        .iter()
        .map(|error| explained(error))
        .collect();
    json!({
        "target": target,
        "deployments": deployments,
        "deletions": deletions,
        "orphans": orphans,
        "left_out": applied.left_out.iter().map(LeftOut::json).collect::<Vec<_>>(),
        "errors": errors,
    })
}

/// The declared deployments.
pub(crate) fn declared(deployments: &[Desired]) -> Value {
    let all: Vec<Value> = deployments.iter().map(declared_one).collect();
    json!({ "deployments": all })
}

/// A declared deployment.
pub(crate) fn declared_one(desired: &Desired) -> Value {
    let fields = &desired.fields;
    json!({
        "flow": desired.key.flow,
        "deployment": desired.key.deployment,
        "package": desired.package,
        "pool": fields.work_pool_name,
        "queue": fields.work_queue_name,
        "image": desired.image,
        "path": fields.path,
        "entrypoint": fields.entrypoint,
        "tags": fields.tags,
        "parameters": fields.parameters,
        "schedules": desired.schedules,
    })
}

fn deployment(plan: &DeploymentPlan) -> Value {
    let desired = &plan.desired;
    let mut value = json!({
        "flow": desired.key.flow,
        "deployment": desired.key.deployment,
        "package": desired.package,
        "settings": desired.settings,
        "digest": desired.artifact.as_ref().map(|artifact| artifact.digest.to_string()),
    });
    match &plan.action {
        Action::Create => {
            value["action"] = json!("create");
            value["schedules"] = json!(desired.schedules);
            value["parameters"] = json!(desired.fields.parameters);
            value["job_variables"] = job_variables(desired);
            value["secrets"] = json!(desired.secrets);
        }
        Action::Update(update) => {
            value["action"] = json!("update");
            let changes = update.changes.iter();
            value["changes"] = changes
                .map(|change| json!(change.without_secrets()))
                .collect();
            value["schedules"] = update.schedules.iter().map(schedule).collect();
            value["whole"] = json!(update.whole.is_some());
            value["schedules_by_hand"] = json!(update.schedules_by_hand);
        }
        Action::Unchanged if plan.former.is_some() => value["action"] = json!("update"),
        Action::Unchanged => value["action"] = json!("unchanged"),
    }
    if !plan.not_sent.is_empty() {
        value["not_sent"] = json!(plan.not_sent);
    }
    if let Some(version) = &plan.undoes_rollback {
        value["undoes_rollback"] = json!(version);
    }
    if let Some(former) = &plan.former {
        value["renamed_from"] = json!(former.key.deployment);
    }
    value
}

/// The job variables, without values of the environment that are likely to be secrets.
fn job_variables(desired: &Desired) -> Value {
    let mut variables = desired.fields.job_variables.clone();
    if let Some(environment) = variables.get_mut(ENVIRONMENT) {
        *environment = environment_without_secrets(environment);
    }
    Value::Object(variables)
}

fn schedule(change: &ScheduleChange) -> Value {
    match change {
        ScheduleChange::Add(schedule) => json!({
            "slug": schedule.slug, "action": "create", "schedule": schedule,
        }),
        ScheduleChange::Change { slug, changes, .. } => json!({
            "slug": slug, "action": "update", "changes": changes,
        }),
        ScheduleChange::Remove { slug, schedule, .. } => json!({
            "slug": slug, "action": "delete", "schedule": { "schedule": schedule },
        }),
    }
}
