//! `rollback`: points a deployment to another stored version of its program.

use longshore::record::DeploymentRecord;

use super::answer::agree;
use super::history::stored_versions;
use super::named::{declared, stored};
use super::session::Session;
use super::{Flows, print_applied, tell_problems};
use crate::apply;
use crate::command_line::{Output, RollbackArguments};
use crate::desired::Desired;
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::plan::Plan;
use crate::report::progress::Progress;
use crate::report::{plan_text, print_record, tell, tell_lines};
use crate::versions::rollback::{RollbackError, choose, deployed, repointed};

/// Shows what would change, asks, and changes it.
///
/// # Errors
/// There is no such version, it cannot run with what the deployment has, or nobody has agreed.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &RollbackArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let record = declared(flows, &arguments.deployment)?;
    let session = Session::open(flows.root, flows.config).await?;
    let ended = roll_back(flows, &session, record, arguments, output).await;
    session.connection.close().await;
    ended
}

async fn roll_back(
    flows: &Flows<'_>,
    session: &Session,
    record: &'static DeploymentRecord,
    arguments: &RollbackArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let client = &session.connection.client;
    let stored = stored(flows, session, record).await?;
    let (package, versions) = stored_versions(flows, record).await?;
    let desired = Desired::new(record, package, flows.config, None)?;
    let current = deployed(&stored).ok_or_else(|| RollbackError::NoArtifact {
        deployment: desired.key.clone(),
    })?;
    let version = choose(&versions, arguments.to.as_deref(), current, &desired.key)?;
    let key = desired.key.clone();
    tell(&format!(
        "version {}, stored {} from commit {}",
        version.digest.short(),
        version.stored.format("%Y-%m-%d %H:%M UTC"),
        version.commit().unwrap_or("unknown")
    ));
    let capabilities = client.capabilities().await.map_err(ReadServerError::from)?;
    let desired = repointed(desired, &stored, version, capabilities)?;
    let plan = Plan::repoint(desired, &stored, flows.config, capabilities)?;
    // On stderr, so that JSON on stdout is the result alone.
    tell_lines(plan_text::plan(&plan).trim_end());
    if !plan.is_empty() && !arguments.yes {
        agree(&format!(
            "point {key} to version {}",
            version.digest.short()
        ))
        .await?;
    }
    let applied = apply::apply(client, plan, Vec::new(), Progress::for_stderr()).await;
    if output == Output::Json {
        let (target, config) = (&session.target, flows.config);
        return Ok(print_applied(&applied, &[], target, config, output));
    }
    tell_problems(&applied);
    if !applied.is_complete() {
        return Ok(Exit::Failed);
    }
    print_record(&format!(
        "{key} has version {}, and had {}",
        version.digest.short(),
        current.short()
    ));
    Ok(Exit::Done)
}
