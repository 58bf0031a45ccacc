//! Deletes a deployment so that nothing of it runs any more.

use longshore_prefect::{Client, Error};
use uuid::Uuid;

use super::ApplyError;
use crate::plan::removals::Removal;

/// Pauses the deployment, deletes its scheduled runs and then the deployment, and looks whether it is gone.
///
/// # Errors
/// The server refuses, or the deployment is still there.
pub(super) async fn remove(client: &Client, removal: &Removal) -> Result<(), ApplyError> {
    let is_gone = delete(client, removal.id).await;
    match is_gone {
        Ok(true) => Ok(()),
        Ok(false) => Err(ApplyError::StillThere {
            deployment: removal.key.clone(),
        }),
        Err(source) => Err(ApplyError::Request {
            deployment: removal.key.clone(),
            source,
        }),
    }
}

/// Whether the deployment is gone.
async fn delete(client: &Client, id: Uuid) -> Result<bool, Error> {
    match client.set_paused(id, true).await {
        Ok(()) => delete_waiting_runs(client, id).await?,
        // Somebody else has deleted it meanwhile; its runs are still looked for.
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error),
    }
    client.delete_deployment(id).await?;
    // A scheduler that was at work during the pause may have added runs since.
    delete_waiting_runs(client, id).await?;
    Ok(client.deployment(id).await?.is_none())
}

async fn delete_waiting_runs(client: &Client, deployment: Uuid) -> Result<(), Error> {
    for run in client.waiting_runs(&[deployment]).await? {
        client.delete_flow_run(run.id).await?;
    }
    Ok(())
}
