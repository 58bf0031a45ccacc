//! Flows that ask the server for things and show some, for the tests of the engine.

use std::error::Error;
use std::time::Duration;

use longshore::{artifact, deployment, flow, task};
use serde::Serialize;

type BoxError = Box<dyn Error + Send + Sync>;

/// Shows one artifact of every kind.
#[flow]
async fn show() -> Result<(), BoxError> {
    #[derive(Serialize)]
    struct Row {
        region: &'static str,
        rows: u32,
    }
    artifact::markdown("# Title")
        .key("a-text")
        .description("a text")
        .create()
        .await?;
    let rows = [("north", 1), ("south", 2)].map(|(region, rows)| Row { region, rows });
    artifact::table(rows).key("b-table").create().await?;
    artifact::link("https://example.com", "Example")
        .key("c-link")
        .create()
        .await?;
    let bar = artifact::progress(0.0).key("d-bar").create().await?;
    bar.update(artifact::progress(250.0)).await?;
    let wrong = bar.update(artifact::markdown("")).await;
    assert!(matches!(wrong, Err(artifact::ArtifactError::Kind { .. })));
    let wrong = artifact::markdown("").key("No Key").create().await;
    assert!(matches!(wrong, Err(artifact::ArtifactError::Key { .. })));
    of_task().await?;
    Ok(())
}

#[task]
fn of_task() -> Result<(), BoxError> {
    artifact::markdown("of a task")
        .key("e-task")
        .create()
        .wait()?;
    Ok(())
}

/// Reads variables.
#[flow]
async fn read() -> Result<(), BoxError> {
    let rows: Option<u32> = longshore::variable("largest_rows").await?;
    let missing: Option<u32> = longshore::variable("missing").await?;
    let wrong = longshore::variable::<Vec<u8>>("largest_rows").await;
    tracing::info!(
        "rows {rows:?}, missing {missing:?}, wrong {}",
        wrong.is_err()
    );
    Ok(())
}

/// Tells a secret in every way it can.
#[flow]
#[deployment(name = "test", secrets(API_TOKEN = "block:api-token"))]
async fn tell() -> Result<(), BoxError> {
    let secret = longshore::secret("API_TOKEN")?;
    let token = secret.expose().to_owned();
    tracing::info!(token, length = token.len(), "it is {token}");
    artifact::markdown(format!("it is {token}"))
        .key("token")
        .create()
        .await?;
    let _ = refuse(token.clone()).await;
    child(token.clone(), 1).await?;
    assert!(longshore::secret("OTHER").is_err());
    Err(format!("it was {token}").into())
}

#[task]
async fn refuse(token: String) -> Result<(), BoxError> {
    Err(format!("not {token}").into())
}

#[flow]
async fn child(token: String, number: u32) -> Result<(), BoxError> {
    tracing::info!("{number}: {token}");
    Ok(())
}

/// Needs a secret that cannot be had.
#[flow]
#[deployment(
    name = "test",
    secrets(FIRST = "block:nowhere", SECOND = "keyvault:vault/name")
)]
async fn need() {
    tracing::info!("it must not begin");
}

/// Waits for a person, so long at the most, twice.
#[flow]
async fn approve(milliseconds: u64) -> Result<(), longshore::PauseError> {
    longshore::pause(Duration::from_millis(milliseconds)).await?;
    tracing::info!("resumed");
    longshore::pause(Duration::from_millis(milliseconds)).await
}

/// Reads a secret and a variable, wherever it runs.
#[flow]
fn anywhere() -> Result<(), BoxError> {
    let secret = longshore::secret("LOCAL")?;
    let rows: Option<u32> = longshore::variable("rows").wait()?;
    artifact::markdown("shown here").create().wait()?;
    tracing::info!(
        "{} {rows:?} {}",
        secret.expose(),
        longshore::run().is_none()
    );
    Ok(())
}

fn main() -> std::process::ExitCode {
    longshore::program::main(env!("CARGO_PKG_NAME"))
}
