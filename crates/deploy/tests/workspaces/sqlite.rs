//! Flows whose dependencies link the same C library in different versions.

use crate::process::finish;
use crate::workspace::Workspace;

const SQLX: &str = r#"//! Asks SQLite through sqlx.

use longshore::{deployment, flow};
use sqlx::Connection;

/// Asks for one row.
#[flow]
#[deployment(name = "daily", schedule = "0 3 * * *")]
pub async fn ask() -> Result<(), sqlx::Error> {
    let mut connection = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()").fetch_one(&mut connection).await?;
    tracing::info!("SQLite {version}");
    Ok(())
}
"#;

const RUSQLITE: &str = r#"//! Asks SQLite through rusqlite.

use longshore::{deployment, flow};

/// Asks for one row.
#[flow]
#[deployment(name = "daily", schedule = "0 3 * * *")]
pub fn ask() -> rusqlite::Result<()> {
    let connection = rusqlite::Connection::open_in_memory()?;
    let version: String = connection.query_row("SELECT sqlite_version()", [], |row| row.get(0))?;
    tracing::info!("SQLite {version}");
    Ok(())
}
"#;

const TRACING: &str = "tracing = { version = \"0.1\", default-features = false }\n";

/// Deploys a flow and runs its artifact; returns the version of libsqlite3-sys in the lock file.
fn deployed(requirement: &str, library: &str) -> String {
    let mut workspace = Workspace::new();
    workspace.flow("demo/ask", &format!("{TRACING}{requirement}\n"), library);
    workspace.deploy(&[]).code(0).says(&["1 created"]);
    let artifacts = workspace.artifacts();
    let program = artifacts.iter().find(|path| path.ends_with("demo-ask"));
    let program = workspace
        .state()
        .join("artifacts")
        .join(program.expect("the flow's program"));
    finish(&mut workspace.command(&program))
        .code(0)
        .says(&["SQLite 3."]);

    let lock: toml::Table = workspace.read("Cargo.lock").parse().expect("TOML");
    let packages = lock["package"].as_array().expect("a list");
    let mut versions = packages
        .iter()
        .filter(|package| package["name"].as_str() == Some("libsqlite3-sys"))
        .filter_map(|package| package["version"].as_str().map(str::to_owned));
    let version = versions.next().expect("the C library's package");
    assert_eq!(
        versions.next(),
        None,
        "one lock file holds one package with `links`"
    );
    version
}

#[test]
fn each_generation_of_sqlite_resolves_and_deploys() {
    let sqlx = deployed(
        "sqlx = { version = \"0.9.0\", default-features = false, features = [\"runtime-tokio\", \"sqlite\"] }",
        SQLX,
    );
    let rusqlite = deployed(
        "rusqlite = { version = \"0.41.1\", features = [\"bundled\"] }",
        RUSQLITE,
    );
    assert_ne!(
        sqlx, rusqlite,
        "the two generations must differ for this to be a test"
    );
}
