//! HTTP: a port of 127.0.0.1 that only this machine's own programs get an answer from.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::api;
use crate::connections::{self, Known};
use crate::error::ApiError;
use crate::store::Store;

/// Paths that every client of this machine may ask without the auth string, as in Prefect.
const OPEN_PATHS: [&str; 2] = ["/api/health", "/api/ready"];

/// Why the server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// No port of 127.0.0.1 can be had.
    #[error("no port of 127.0.0.1 could be bound")]
    Bind(#[source] std::io::Error),
}

/// A running server; dropping it ends it at once, [`Server::shutdown`] lets running requests finish.
pub struct Server {
    address: SocketAddr,
    auth_string: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
    /// Dropped before the database is to be closed.
    store: Option<Store>,
    closed: oneshot::Receiver<()>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

/// What a request must show.
#[derive(Clone)]
struct Gate {
    hosts: [String; 2],
    authorization: String,
}

impl Server {
    pub(crate) async fn start(
        store: Store,
        closed: oneshot::Receiver<()>,
    ) -> Result<Self, ServeError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(ServeError::Bind)?;
        let address = listener.local_addr().map_err(ServeError::Bind)?;
        let auth_string = format!("longshore:{}", Uuid::new_v4().simple());
        let gate = Gate {
            hosts: [address.to_string(), format!("localhost:{}", address.port())],
            authorization: format!("Basic {}", STANDARD.encode(&auth_string)),
        };
        let router: Router = api::router(store.clone()).layer(from_fn_with_state(gate, admit));
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(connections::serve(listener, router, stopped));
        Ok(Self {
            address,
            auth_string,
            stop: Some(stop),
            task,
            store: Some(store),
            closed,
        })
    }

    /// The URL of the API, such as `http://127.0.0.1:40321/api`.
    pub fn api_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// `user:password` that every request must show as Basic authentication; random, and new with every start.
    pub fn auth_string(&self) -> &str {
        &self.auth_string
    }

    /// The database; there until the server shuts down.
    pub(crate) fn store(&self) -> Option<&Store> {
        self.store.as_ref()
    }

    /// Lets running requests finish and closes the database.
    pub async fn shutdown(mut self) {
        drop(self.stop.take());
        // The task was aborted or has panicked: either way it has ended.
        let _ = (&mut self.task).await;
        drop(self.store.take());
        // The tasks of the connections end after their last request, and each holds the database.
        let _ = (&mut self.closed).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Any web page can make a browser send requests to 127.0.0.1: a foreign `Host` shows a rebound name, and the auth
/// string is what a page cannot know.
async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let header = |headers: &HeaderMap, name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    let host = header(request.headers(), HOST);
    // A request target in absolute form names a host too, which counts instead (RFC 9112, section 3.2.2).
    let target = request.uri().authority().map(ToString::to_string);
    let is_ours = |host: &String| gate.hosts.contains(host);
    if !is_ours(&host) || !target.as_ref().is_none_or(is_ours) {
        let message = "this server answers requests to 127.0.0.1 and localhost only";
        return ApiError::Detail(StatusCode::FORBIDDEN, message.to_owned()).into_response();
    }
    let shown = header(request.headers(), AUTHORIZATION);
    if equal(shown.as_bytes(), gate.authorization.as_bytes()) {
        if let Some(known) = request.extensions().get::<Known>() {
            known.set();
        }
    } else if !OPEN_PATHS.contains(&request.uri().path()) {
        return ApiError::Exception(StatusCode::UNAUTHORIZED, "Unauthorized".to_owned())
            .into_response();
    }
    next.run(request).await
}

/// Takes the same time wherever the first difference is.
fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .fold(0, |all, (left, right)| all | (left ^ right))
            == 0
}
