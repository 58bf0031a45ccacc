//! A server with a deployment, and runs of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{
    Authentication, Client, ClientOptions, DeploymentWrite, FlowRunWrite, Secret, State, StateType,
};
use longshore_storage::Digest;
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) client: Client,
    server: Server,
}

/// What a run of `longshore-run` came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scene {
    pub(crate) async fn set() -> Self {
        let folder = TempDir::new().unwrap();
        let server = Embedded::open(&folder.path().join("state")).unwrap();
        let server = server.serve().await.unwrap();
        let mut options = ClientOptions::new(server.api_url());
        options.authentication = Authentication::AuthString(Secret::new(server.auth_string()));
        Self {
            folder,
            client: Client::new(options).unwrap(),
            server,
        }
    }

    /// A program in the store that the worker allows, as `deploy` puts it there.
    pub(crate) fn program(&self, content: impl AsRef<[u8]>) -> PathBuf {
        self.program_in("projects/energy/prices", content)
    }

    /// A program in a storage path of the store, or elsewhere by an absolute one.
    pub(crate) fn program_in(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let written = self.folder.path().join("written");
        fs::write(&written, content).unwrap();
        let digest = Digest::of_file(&written).unwrap().to_string();
        let folder = self.store().join(path).join(digest);
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("day-ahead-prices");
        fs::rename(&written, &program).unwrap();
        program
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.folder.path().join("cache")
    }

    /// A due run whose deployment has these job variables.
    pub(crate) async fn run_of(&self, variables: Value, own: Value) -> Uuid {
        let flow = self.client.upsert_flow("prices", &[]).await.unwrap();
        let mut write = DeploymentWrite::new("eu", flow.id);
        write.job_variables = object(variables);
        let deployment = self.client.write_deployment(&write).await.unwrap();
        let run = FlowRunWrite {
            job_variables: object(own),
            ..FlowRunWrite::new(Uuid::new_v4().to_string())
        };
        let run = self
            .client
            .create_flow_run(deployment.deployment.id, &run)
            .await;
        run.unwrap().id
    }

    pub(crate) async fn run_of_program(&self, program: &Path) -> Uuid {
        self.run_of(artifact(program), json!({})).await
    }

    /// `longshore-run` with what a worker puts into the environment, and nothing else.
    pub(crate) fn command(&self, id: Uuid) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_longshore-run"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("PREFECT__FLOW_RUN_ID", id.to_string())
            .env("PREFECT_API_URL", self.server.api_url())
            .env("PREFECT_API_AUTH_STRING", self.server.auth_string())
            .env("LONGSHORE_CACHE", self.cache())
            .env("LONGSHORE_STORES", self.store());
        command
    }

    /// Makes the server reachable at another port too, for as long as the test runs.
    pub(crate) async fn listen(&self, port: u16) {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let url = self.server.api_url();
        let address = url.trim_start_matches("http://").trim_end_matches("/api");
        let address = address.to_owned();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(relay(client, format!("127.0.0.1:{port}"), address.clone()));
            }
        });
    }

    pub(crate) async fn state(&self, id: Uuid) -> State {
        self.client
            .flow_run(id)
            .await
            .unwrap()
            .unwrap()
            .state
            .unwrap()
    }

    /// The message of a run that has crashed.
    pub(crate) async fn crash(&self, id: Uuid) -> String {
        let state = self.state(id).await;
        assert_eq!(state.kind, StateType::Crashed, "{state:?}");
        state.message.unwrap()
    }
}

/// Passes requests on with the server's own address in place of `named`: it refuses those to any other.
async fn relay(client: TcpStream, named: String, address: String) -> io::Result<()> {
    let (mut answers, mut requests) = TcpStream::connect(&address).await?.into_split();
    let (mut from_client, mut to_client) = client.into_split();
    tokio::spawn(async move { tokio::io::copy(&mut answers, &mut to_client).await });
    let mut head = vec![0; 16_384];
    loop {
        let length = from_client.read(&mut head).await?;
        if length == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&head[..length]).replace(&named, &address);
        requests.write_all(text.as_bytes()).await?;
    }
}

/// Runs a command beside the server, which is in this process.
pub(crate) async fn end(mut command: Command) -> Ended {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let Output {
        status,
        stdout,
        stderr,
    } = output.await.unwrap();
    Ended {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

pub(crate) fn artifact(program: &Path) -> Value {
    let sha256 = Digest::of_file(program).unwrap().to_string();
    json!({ "artifact": program, "sha256": sha256 })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other}"),
    }
}
