//! A server to test, seen through the client and through bare requests.

use std::time::Duration;

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{
    Authentication, Client, ClientOptions, Deployment, DeploymentWrite, Flow, Secret, WorkPool,
    WorkPoolWrite,
};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

/// How often a busy server is asked.
const BUSY_TRIES: u32 = 50;

/// A server, real or embedded.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    base: String,
    auth: Option<String>,
    http: reqwest::Client,
}

impl Api {
    pub(crate) fn new(base: String, auth: Option<String>) -> Self {
        let mut options = ClientOptions::new(&base);
        if let Some(auth) = &auth {
            options.authentication = Authentication::AuthString(Secret::new(auth));
        }
        let client = Client::new(options).expect("a client");
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(
                longshore_tls::client_config(longshore_tls::Trust::Nobody).expect("TLS"),
            )
            .no_proxy()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            client,
            base,
            auth,
            http,
        }
    }

    /// The same server, asked with another auth string.
    pub(crate) fn with_auth(&self, auth: Option<&str>) -> Self {
        Self::new(self.base.clone(), auth.map(str::to_owned))
    }

    /// A bare request; an empty answer is `null`. A real server with SQLite is busy at times, and is asked again.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        for _ in 0..BUSY_TRIES {
            let answer = self.raw_once(method.clone(), path, body).await;
            if answer.0 != 503 {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{method} {path} was answered 503 {BUSY_TRIES} times")
    }

    async fn raw_once(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        if let Some((user, password)) = self.auth.as_deref().and_then(|auth| auth.split_once(':')) {
            request = request.basic_auth(user, Some(password));
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let bytes = response.bytes().await.expect("a body");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.raw(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.raw(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.raw(Method::GET, path, None).await
    }

    pub(crate) async fn flow(&self) -> Flow {
        self.client
            .upsert_flow(&unique("flow"), &[])
            .await
            .expect("a flow")
    }

    /// A pool without a template.
    pub(crate) async fn pool(&self) -> WorkPool {
        self.pool_with(json!({})).await
    }

    pub(crate) async fn pool_with(&self, base_job_template: Value) -> WorkPool {
        let pool = WorkPoolWrite {
            name: unique("pool"),
            kind: "process".to_owned(),
            base_job_template,
            description: None,
            concurrency_limit: None,
        };
        self.client.create_work_pool(&pool).await.expect("a pool")
    }

    /// A deployment of a new flow that takes what fits no schema.
    pub(crate) async fn write(&self) -> DeploymentWrite {
        let mut write = DeploymentWrite::new(unique("deployment"), self.flow().await.id);
        write.parameter_openapi_schema = json!({ "type": "object", "properties": {} });
        write
    }

    /// The deployment as the server has it after this write.
    pub(crate) async fn deploy(&self, write: &DeploymentWrite) -> Deployment {
        let written = self.client.write_deployment(write).await;
        written.expect("a deployment").deployment
    }

    /// A deployment that is there.
    pub(crate) async fn deployment(&self, id: Uuid) -> Deployment {
        let found = self.client.deployment(id).await;
        found.expect("an answer").expect("the deployment")
    }
}

/// A name that no other test has.
pub(crate) fn unique(prefix: &str) -> String {
    format!("{prefix} {}", Uuid::new_v4().simple())
}

/// An embedded server in a folder of its own.
pub(crate) struct Fixture {
    pub(crate) api: Api,
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
}

pub(crate) async fn embedded() -> Fixture {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Embedded::open(folder.path())
        .expect("a database")
        .serve()
        .await
        .expect("a server");
    let api = Api::new(server.api_url(), Some(server.auth_string().to_owned()));
    Fixture {
        api,
        server,
        folder,
    }
}
