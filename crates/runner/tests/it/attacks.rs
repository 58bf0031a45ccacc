//! What somebody may try who can create runs, or write deployments: nothing is fetched or run, and nothing gets a
//! credential.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use crate::scene::{Ended, Scene, artifact, end};

const EVIL: &str = "#!/bin/sh\necho executed\n";

/// Credentials that the worker has, and what of them would be seen on the way.
const CREDENTIALS: [(&str, &str); 2] = [
    ("AZURE_STORAGE_ACCOUNT", "acme"),
    ("AZURE_STORAGE_SAS_TOKEN", "sv=2026&sig=s3cr3t-signature"),
];

/// A server that gives the attacker's program to whoever asks, and keeps what it was asked.
struct Attacker {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Attacker {
    /// `status` and headers come before the program.
    fn start(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = vec![0; 64 * 1024];
                let length = stream.read(&mut request).unwrap_or_default();
                let text = String::from_utf8_lossy(&request[..length]).into_owned();
                seen.lock().unwrap().push(text);
                let length = EVIL.len();
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{EVIL}"
                );
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn nothing_was_run(ended: &Ended) {
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(1), ""),
        "{ended:?}"
    );
    assert!(!format!("{ended:?}").contains("s3cr3t"), "{ended:?}");
}

/// The attacker's program at these locations, as job variables of the run and as those of the deployment.
async fn nothing_comes_from(scene: &Scene, locations: &[String]) {
    let good = scene.program("#!/bin/sh\necho deployed\n");
    let evil = scene.program_in("written/by/somebody", EVIL);
    let digest = artifact(&evil)["sha256"].as_str().unwrap().to_owned();
    for location in locations {
        let location = location.replace("SHA", &digest);
        let pair = json!({ "artifact": location, "sha256": digest });
        for (deployment, run) in [
            (artifact(&good), pair.clone()),
            (pair.clone(), json!({})),
            (pair.clone(), pair.clone()),
        ] {
            let id = scene.run_of(deployment, run).await;
            let mut command = scene.command(id);
            command.envs(CREDENTIALS);
            nothing_was_run(&end(command).await);
            let message = scene.crash(id).await;
            assert!(!message.contains("s3cr3t"), "{message}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_on_another_host_is_not_asked_for() {
    let scene = Scene::set().await;
    let attacker = Attacker::start("200 OK");
    let address = &attacker.address;
    let locations = [
        format!("http://{address}/acme/flows/projects/energy/prices/SHA/day-ahead-prices"),
        format!("https://{address}/acme/flows/projects/energy/prices/SHA/day-ahead-prices"),
        format!("http://acme.blob.core.windows.net@{address}/acme/flows/a/SHA/b"),
        format!("http://user:password@{address}/acme/flows/a/SHA/b"),
        "http://acme.blob.core.windows.net/flows/a/SHA/b".to_owned(),
        format!("http://{address}/acme/flows/a/SHA/b?sig=of-the-attacker"),
    ];
    nothing_comes_from(&scene, &locations).await;
    assert_eq!(attacker.requests(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_elsewhere_on_this_machine_is_not_opened() {
    let scene = Scene::set().await;
    let outside = scene.folder.path().join("outside");
    let evil = scene.program_in(outside.to_str().unwrap(), EVIL);
    let store = scene.store();
    let (store, evil) = (store.display(), evil.display());
    // Into the store by its name, and out of it by a link.
    fs::create_dir_all(scene.store()).unwrap();
    symlink(&outside, scene.store().join("linked")).unwrap();
    let locations = [
        evil.to_string(),
        format!("file://{evil}"),
        format!("{store}-evil/projects/energy/SHA/day-ahead-prices"),
        format!("{store}/../outside/SHA/day-ahead-prices"),
        format!("{store}/linked/SHA/day-ahead-prices"),
    ];
    nothing_comes_from(&scene, &locations).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_cannot_take_the_program_of_another_flow() {
    let scene = Scene::set().await;
    let own = scene.program("#!/bin/sh\necho own\n");
    let other = scene.program_in("projects/finance/payments", EVIL);
    let id = scene.run_of(artifact(&own), artifact(&other)).await;
    nothing_was_run(&end(scene.command(id)).await);
    let message = scene.crash(id).await;
    assert!(
        message.contains("not a version of its deployment's artifact"),
        "{message}"
    );
}

/// A digest of a file tells whoever guesses its content; so does a message that it is not there.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_said_of_files_outside_the_stores() {
    let scene = Scene::set().await;
    let own = scene.program("#!/bin/sh\necho own\n");
    let secret = scene.folder.path().join("secret");
    fs::write(&secret, "s3cr3t").unwrap();
    let digest = artifact(&secret)["sha256"].as_str().unwrap().to_owned();
    let absent = scene.folder.path().join("absent");
    let message = async |path: &Path, cached: bool| {
        let wrong = json!({ "artifact": path, "sha256": "1".repeat(64) });
        if cached {
            // As if it had been fetched before.
            let place = scene.cache().join("1".repeat(64));
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join("secret"), "s3cr3t").unwrap();
        }
        let id = scene.run_of(artifact(&own), wrong).await;
        nothing_was_run(&end(scene.command(id)).await);
        let message = scene.crash(id).await;
        message.replace(path.to_str().unwrap(), "PATH")
    };
    let of_secret = message(&secret, false).await;
    assert!(!of_secret.contains(&digest), "{of_secret}");
    assert_eq!(of_secret, message(&absent, false).await);
    assert_eq!(of_secret, message(&secret, true).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_or_a_device_in_the_store_is_not_read() {
    let scene = Scene::set().await;
    let own = scene.program("#!/bin/sh\necho own\n");
    let folder = own.parent().unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe"))
        .status();
    assert!(made.unwrap().success());
    fs::create_dir(folder.join("folder")).unwrap();
    symlink("/dev/zero", folder.join("device")).unwrap();
    for name in ["pipe", "folder", "device"] {
        let mut variables = artifact(&own);
        variables["artifact"] = folder.join(name).to_str().unwrap().into();
        let id = scene.run_of(variables, json!({})).await;
        nothing_was_run(&end(scene.command(id)).await);
        let message = scene.crash(id).await;
        assert!(
            message.contains("not a regular file") || message.contains("leads out of"),
            "{message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_that_is_larger_than_the_cache_is_not_fetched() {
    let scene = Scene::set().await;
    let mut content = EVIL.as_bytes().to_vec();
    content.resize(1_000_001, b'#');
    let id = scene.run_of_program(&scene.program(content)).await;
    let mut command = scene.command(id);
    command.env("LONGSHORE_CACHE_MEGABYTES", "1");
    nothing_was_run(&end(command).await);
    let message = scene.crash(id).await;
    assert!(
        message.contains("has 1000001 bytes; at most 1000000 are fetched"),
        "{message}"
    );
    assert!(message.contains("LONGSHORE_CACHE_MEGABYTES"), "{message}");
}

/// A redirect of the right account's server, with the credential of the first request.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let scene = Scene::set().await;
    let second = Attacker::start("200 OK");
    let location: &'static str = format!(
        "307 Temporary Redirect\r\nlocation: http://{}/acme/flows/x",
        second.address
    )
    .leak();
    let first = Attacker::start(location);
    let connection = format!(
        "BlobEndpoint=http://{}/acme;AccountName=acme;SharedAccessSignature=sig=s3cr3t",
        first.address
    );
    let digest = "1".repeat(64);
    let url = format!("http://{}/acme/flows/a/{digest}/b", first.address);
    let pair = json!({ "artifact": url, "sha256": digest });
    let id = scene.run_of(pair, json!({})).await;
    let mut command = scene.command(id);
    command
        .env_remove("LONGSHORE_STORES")
        .env("AZURE_STORAGE_CONNECTION_STRING", connection);
    nothing_was_run(&end(command).await);
    assert!(!first.requests().is_empty());
    assert_eq!(second.requests(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_chooses_neither_command_nor_environment() {
    let scene = Scene::set().await;
    let program = scene.program("#!/bin/sh\necho executed\n");
    let mut deployed = artifact(&program);
    deployed["command"] = "longshore-run".into();
    let refused: [(Value, &str); 5] = [
        (json!({ "command": "sh -c id" }), "a `command` of its own"),
        (
            json!({ "env": { "LD_PRELOAD": "/tmp/x.so" } }),
            "`LD_PRELOAD`",
        ),
        (json!({ "env.LONGSHORE_STORES": "/" }), "`LONGSHORE_STORES`"),
        (
            json!({ "env": { "LONGSHORE_STORES": "/" } }),
            "`LONGSHORE_STORES`",
        ),
        (
            json!({ "env": { "https_proxy": "http://evil" } }),
            "`https_proxy`",
        ),
    ];
    for (own, expected) in refused {
        let id = scene.run_of(deployed.clone(), own).await;
        nothing_was_run(&end(scene.command(id)).await);
        let message = scene.crash(id).await;
        assert!(message.contains(expected), "{message}");
    }
}
