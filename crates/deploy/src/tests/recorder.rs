//! A proxy before a server, which notes the writes that pass.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// More than any answer of a test has.
const LONGEST: usize = 16 << 20;

/// A proxy on a loopback port; it ends with this value.
pub(super) struct Recorder {
    pub(super) api_url: String,
    writes: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Proxy {
    /// Scheme and host of the server.
    server: String,
    http: reqwest::Client,
    writes: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// Listens for what is meant for the API at `api_url`; a client of ours has been made before.
    pub(super) async fn start(api_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let writes = Arc::default();
        let proxy = Proxy {
            server: api_url.strip_suffix("/api").unwrap().to_owned(),
            // A connection that the server closes meanwhile would look like a lost answer.
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .unwrap(),
            writes: Arc::clone(&writes),
        };
        let routes = Router::new().fallback(forward).with_state(proxy);
        Self {
            api_url: format!("http://{address}/api"),
            writes,
            serving: tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }),
        }
    }

    /// Method and path below `/api` of the writes since the last call, each once in their order; ids are `*`.
    pub(super) fn writes(&self) -> Vec<String> {
        let mut writes = std::mem::take(&mut *self.writes.lock().unwrap());
        // SQLite's lock errors make the client repeat a write.
        writes.dedup();
        writes
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let reads = parts.method == "GET" || path.ends_with("/filter") || path.ends_with("/count");
    if !reads {
        let names: Vec<&str> = path
            .strip_prefix("/api")
            .unwrap()
            .split('/')
            .map(|name| {
                if name.parse::<uuid::Uuid>().is_ok() {
                    "*"
                } else {
                    name
                }
            })
            .collect();
        let write = format!("{} {}", parts.method, names.join("/"));
        proxy.writes.lock().unwrap().push(write);
    }
    let body = to_bytes(body, LONGEST).await.unwrap();
    let mut headers = parts.headers;
    headers.remove("host");
    let answer = proxy
        .http
        .request(parts.method, format!("{}{}", proxy.server, parts.uri))
        .headers(headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        if name != "transfer-encoding" && name != "content-length" {
            response = response.header(name, value);
        }
    }
    response
        .body(Body::from(answer.bytes().await.unwrap()))
        .unwrap()
}
