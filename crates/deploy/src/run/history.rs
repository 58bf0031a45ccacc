//! `history`: the versions of a deployment's program that its store holds.

use std::sync::Arc;

use longshore::record::DeploymentRecord;
use longshore_prefect::Deployment;
use longshore_storage::Digest;

use super::named::{declared, stored};
use super::session::Session;
use super::{Flows, in_environment};
use crate::LinkedPackage;
use crate::command_line::{HistoryArguments, Output};
use crate::desired::DeploymentKey;
use crate::error::Failure;
use crate::exit::Exit;
use crate::report::{print, print_json, tell, versions as report};
use crate::storage::{Folder, Place};
use crate::versions::rollback::{RollbackError, deployed};
use crate::versions::{Version, versions};

/// Lists the versions, newest first.
///
/// # Errors
/// There is no such deployment, or the server or the store cannot be read.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &HistoryArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let record = declared(flows, &arguments.deployment)?;
    let session = Session::open(flows.root, flows.config).await?;
    let found = async {
        let stored = stored(flows, &session, record).await?;
        let (_, versions) = stored_versions(flows, record).await?;
        Ok::<(Deployment, Vec<Version>), Failure>((stored, versions))
    };
    let found = found.await;
    let target = session.target.to_string();
    session.connection.close().await;
    let (stored, versions) = found?;
    let current = deployed(&stored);
    match output {
        Output::Text => {
            print(&report::text(&versions, current));
            tell_unknown(&versions, current);
        }
        Output::Json => {
            let key = DeploymentKey::of(record, flows.config);
            let value = report::json(&key, &versions, current, &target);
            print_json(&in_environment(value, flows.config));
        }
    }
    Ok(Exit::Done)
}

fn tell_unknown(versions: &[Version], current: Option<Digest>) {
    let Some(current) = current else {
        tell("notice: the deployment on the server names no artifact");
        return;
    };
    if versions.iter().all(|version| version.digest != current) {
        tell(&format!(
            "notice: version {} is deployed, which this store does not hold",
            current.short()
        ));
    }
}

/// The folder of a deployment's program and the versions in it; never none.
///
/// # Errors
/// The store cannot be read or holds none.
pub(super) async fn stored_versions(
    flows: &Flows<'_>,
    record: &'static DeploymentRecord,
) -> Result<(&'static LinkedPackage, Vec<Version>), Failure> {
    let packages = flows.workspace.packages.iter();
    let Some(package) = packages
        .into_iter()
        .find(|package| package.name == record.flow.package)
    else {
        return Err(no_versions(flows, record, String::new()));
    };
    let place = Place::of(record, package, flows.config);
    let folders = Folder::look(&[place], flows.root, flows.config, false).await?;
    let folder = folders.first().map(Arc::as_ref);
    let Some(folder) = folder else {
        return Err(no_versions(flows, record, String::new()));
    };
    let versions = versions(folder, package.binary).await?;
    if versions.is_empty() {
        return Err(no_versions(flows, record, folder.store.name.clone()));
    }
    Ok((package, versions))
}

fn no_versions(flows: &Flows<'_>, record: &DeploymentRecord, storage: String) -> Failure {
    RollbackError::NoVersions {
        deployment: DeploymentKey::of(record, flows.config),
        storage,
    }
    .into()
}
