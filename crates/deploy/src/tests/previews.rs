//! Whole commands with `--env`, beside deployments of production and of others, and on a server that a profile names.

use std::fs;
use std::path::Path;

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{Client, DeploymentWrite};
use tempfile::TempDir;

use super::running::{ended, start, start_with, workspace, write};
use crate::target::embedded_options;

const FILE: &str = r#"
[workspace]
name = "acme"
[defaults]
pool = "default"
[env."pr-*"]
suffix = "-{env}"
schedules = false
[env.live]
profile = "live"
"#;

/// Name, tags and whether a schedule is on, of what is on a server.
type Listed = Vec<(String, String, bool)>;

async fn listed(client: &Client) -> Listed {
    let all = client.deployments(&Default::default()).await.unwrap();
    let mut listed: Listed = all
        .into_iter()
        .map(|deployment| {
            let on = deployment.schedules.iter().any(|schedule| schedule.active);
            let mut tags = deployment.tags;
            tags.retain(|tag| tag.starts_with("longshore:"));
            (deployment.name, tags.join(" "), on)
        })
        .collect();
    listed.sort();
    listed
}

async fn serve(folder: &Path) -> (Server, Client) {
    let server = Embedded::open(folder).unwrap().serve().await.unwrap();
    let client = Client::new(embedded_options(&server)).unwrap();
    (server, client)
}

async fn registered(root: &Path) -> Listed {
    let (server, client) = serve(&root.join(".longshore")).await;
    let found = listed(&client).await;
    server.shutdown().await;
    found
}

/// Deployments of the same flow that Longshore has not made here.
async fn write_foreign(root: &Path, all: &[(&str, &str)]) {
    let (server, client) = serve(&root.join(".longshore")).await;
    let flow = client.upsert_flow("daily", &[]).await.unwrap();
    for (name, tag) in all {
        let mut write = DeploymentWrite::new((*name).to_owned(), flow.id);
        write.tags = vec![(*tag).to_owned()];
        client.write_deployment(&write).await.unwrap();
    }
    server.shutdown().await;
}

fn in_environments() -> TempDir {
    let folder = workspace();
    write(folder.path(), "longshore.toml", FILE);
    folder
}

fn shown(listed: &Listed) -> Vec<(&str, &str, bool)> {
    let rows = listed.iter();
    rows.map(|(name, tag, on)| (name.as_str(), tag.as_str(), *on))
        .collect()
}

#[tokio::test]
async fn a_preview_comes_and_goes_beside_everything_else() {
    let folder = in_environments();
    let root = folder.path();
    let (code, text) = ended(start(root, &[]));
    assert_eq!(code, Some(0), "{text}");
    let foreign = [
        ("by-hand-pr-1", "team"),
        ("other", "longshore:other/pr-1"),
        ("longer", "longshore:acme/pr-1-2"),
        ("eu-pr-2", "longshore:acme/pr-2"),
        ("gone-pr-1", "longshore:acme/pr-1"),
    ];
    write_foreign(root, &foreign).await;

    let (code, text) = ended(start(root, &["plan", "--env", "pr-1", "--explain"]));
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains(
            "environment: pr-1 (from [env.\"pr-*\"]): names end in `-pr-1`, schedules off"
        ) && text.contains("+ daily/eu-pr-1")
            && text.contains("! daily/gone-pr-1 is on the server but no longer declared"),
        "{text}"
    );
    assert!(text.contains("suffix from [env.\"pr-*\"]"), "{text}");
    let (code, text) = ended(start(
        root,
        &["--env", "pr-1", "--prune", "--prune-limit", "100"],
    ));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 created, 1 deleted"), "{text}");
    let others = [
        ("by-hand-pr-1", "", false),
        ("eu", "longshore:acme/default", true),
        ("eu-pr-1", "longshore:acme/pr-1", false),
        ("eu-pr-2", "longshore:acme/pr-2", false),
        ("longer", "longshore:acme/pr-1-2", false),
        ("other", "longshore:other/pr-1", false),
    ];
    assert_eq!(shown(&registered(root).await), others);
    for words in [["plan", "--env", "pr-1"].as_slice(), &["plan"]] {
        let (code, text) = ended(start(root, words));
        assert_eq!(code, Some(0), "{text}");
    }

    let destroy = ["destroy", "--env", "pr-1", "--yes", "--output", "json"];
    let (code, text) = ended(start(root, &destroy));
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("\"environment\": \"pr-1\""), "{text}");
    let mut left = others.to_vec();
    left.remove(2);
    assert_eq!(shown(&registered(root).await), left);
}

#[tokio::test]
async fn an_unknown_environment_stops_every_command() {
    let folder = in_environments();
    for command in ["apply", "plan", "check", "list", "destroy"] {
        let (code, text) = ended(start(folder.path(), &[command, "--env", "liv"]));
        assert_eq!(code, Some(1), "{text}");
        assert!(
            text.contains("there is no environment `liv`") && text.contains("help: write `live`"),
            "{text}"
        );
    }
    assert!(!folder.path().join(".longshore").exists());
}

// The commands that are waited for talk to a server in this process.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_server_of_a_profile_is_asked_about_before_the_first_write() {
    let folder = in_environments();
    let root = folder.path();
    let (server, client) = serve(&root.join("live")).await;
    write(
        root,
        "prefect-home/profiles.toml",
        &format!(
            "[profiles.live]\nPREFECT_API_URL = {:?}\nPREFECT_API_AUTH_STRING = {:?}\n",
            server.api_url(),
            server.auth_string()
        ),
    );
    let live = |words: &[&str]| ended(start(root, &[words, &["--env", "live"]].concat()));
    let (code, text) = live(&["plan", "--create-pools"]);
    assert_eq!(code, Some(2), "{text}");
    let apply = ["apply", "--create-pools", "--profile", "dev"];
    let (code, text) = live(&apply);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("the server of profile `live` has nothing of workspace `acme` yet")
            && !text.contains("building")
            && text.contains("help: if this server is meant, give `--yes`"),
        "{text}"
    );
    assert_eq!(listed(&client).await, []);
    assert!(!root.join(".longshore/artifacts").exists());

    // A preview of the same flow is enough.
    let flow = client.upsert_flow("daily", &[]).await.unwrap();
    let mut preview = DeploymentWrite::new("eu-pr-9".to_owned(), flow.id);
    preview.tags = vec!["longshore:acme/pr-9".to_owned()];
    let preview = client.write_deployment(&preview).await.unwrap();
    let (code, text) = live(&["apply", "--profile", "dev"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("work pool `default` is not on the server"),
        "{text}"
    );
    client
        .delete_deployment(preview.deployment.id)
        .await
        .unwrap();

    // What another environment of this workspace has there is enough, whatever flow it is of.
    let flow = client.upsert_flow("other", &[]).await.unwrap();
    let mut production = DeploymentWrite::new("eu".to_owned(), flow.id);
    production.tags = vec!["longshore:acme/default".to_owned()];
    let production = client.write_deployment(&production).await.unwrap();
    let (code, text) = live(&["apply", "--create-pools", "--no-build", "--artifacts", "."]);
    assert_eq!(code, Some(1), "{text}");
    assert!(!text.contains("has nothing of workspace"), "{text}");
    client
        .delete_deployment(production.deployment.id)
        .await
        .unwrap();

    let (code, text) = live(&[apply.as_slice(), &["--yes"]].concat());
    assert_eq!(code, Some(0), "{text}");
    fs::remove_file(root.join("longshore.toml")).unwrap();
    write(
        root,
        "longshore.toml",
        &FILE.replace("[defaults]", "[defaults]\nqueue = \"x\""),
    );
    let (code, text) = live(&apply);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 updated"), "{text}");
    server.shutdown().await;
}

#[test]
fn a_profile_that_names_no_server_does_not_fall_back_to_the_embedded_one() {
    let folder = in_environments();
    let profile = "[profiles.live]\nPREFECT_LOGGING_LEVEL = \"INFO\"\n";
    write(folder.path(), "prefect-home/profiles.toml", profile);
    let (code, text) = ended(start(folder.path(), &["plan", "--env", "live"]));
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("the Prefect profile `live` of the environment names no server"),
        "{text}"
    );
}

#[test]
fn a_variable_of_the_process_wins_over_the_profile_of_the_environment() {
    let folder = in_environments();
    let profiles = "[profiles.live]\nPREFECT_API_URL = \"http://127.0.0.1:1/api\"\n\
                    [profiles.mine]\nPREFECT_API_URL = \"http://127.0.0.1:2/api\"\n";
    write(folder.path(), "prefect-home/profiles.toml", profiles);
    let notice = "a variable names the server, not the environment's profile `live`";
    let cases = [
        (
            ("PREFECT_PROFILE", " "),
            "http://127.0.0.1:1/api (from profile `live`",
            false,
        ),
        (
            ("PREFECT_PROFILE", "mine"),
            "http://127.0.0.1:2/api (from profile `mine`",
            true,
        ),
        (
            ("PREFECT_API_URL", "http://127.0.0.1:3/api"),
            "http://127.0.0.1:3/api (from PREFECT_API_URL)",
            true,
        ),
    ];
    // Nothing listens there; the target is told before it is asked. All at once, since asking takes a while.
    let list = |variable| start_with(folder.path(), &["list", "--env", "live"], &[variable]);
    let children = cases.map(|(variable, ..)| list(variable));
    for (child, (_, expected, is_told)) in children.into_iter().zip(cases) {
        let (code, text) = ended(child);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains(expected), "{text}");
        assert_eq!(text.contains(notice), is_told, "{text}");
        assert!(
            text.contains("`list --offline` shows what is declared"),
            "{text}"
        );
    }
}
