//! A proxy before a server, which notes the writes that pass, and does to some what a bad day does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// A request on its way to the server.
pub(super) struct Asked<'a> {
    pub(super) method: &'a str,
    /// Below `/api`; ids are `*`.
    pub(super) path: String,
    /// Its number among the writes, repeated ones included, from 1; 0 for what reads.
    pub(super) write: usize,
    /// As it is sent, to know it again.
    pub(super) body: &'a str,
}

/// What happens to a request.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Nothing.
    None,
    /// Somebody before the server answers: a status, a content type and a body.
    Answer(u16, &'static str, String),
    /// It is refused with this status, and the connection closed without a word of it, as Prefect does after a 503.
    Refuse(u16),
    /// The server acts, and the connection is reset before the answer.
    DropAnswer,
    /// The server acts, and the answer comes so much later.
    Stall(Duration),
    /// The server has gone before it could act, and answers nothing any more.
    GoneBefore,
    /// The server acts, is gone before its answer, and answers nothing any more.
    GoneAfter,
}

type Faults = Arc<dyn Fn(&Asked<'_>) -> Fault + Send + Sync>;

/// A proxy on a loopback port; it ends with this value.
pub(super) struct Recorder {
    pub(super) api_url: String,
    proxy: Proxy,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Proxy {
    server: SocketAddr,
    /// Every request takes so much longer.
    latency: Duration,
    faults: Faults,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// Each with its body.
    writes: Mutex<Vec<(String, String)>>,
    written: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    is_gone: AtomicBool,
    gone: Notify,
}

impl Recorder {
    /// Listens for what is meant for the API at `api_url`.
    #[cfg(feature = "rig")]
    pub(super) async fn start(api_url: &str) -> Self {
        Self::with_faults(api_url, |_| Fault::None).await
    }

    /// As [`Recorder::start`], with these faults.
    pub(super) async fn with_faults(
        api_url: &str,
        faults: impl Fn(&Asked<'_>) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self::listen(api_url, Duration::ZERO, Arc::new(faults)).await
    }

    /// As [`Recorder::start`], so far away.
    pub(super) async fn far_away(api_url: &str, latency: Duration) -> Self {
        Self::listen(api_url, latency, Arc::new(|_| Fault::None)).await
    }

    async fn listen(api_url: &str, latency: Duration, faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = api_url.strip_prefix("http://").unwrap();
        let proxy = Proxy {
            server: server.strip_suffix("/api").unwrap().parse().unwrap(),
            latency,
            faults,
            state: Arc::default(),
        };
        Self {
            api_url: format!("http://{address}/api"),
            proxy: proxy.clone(),
            serving: tokio::spawn(proxy.serve(listener)),
        }
    }

    /// Method and path below `/api` of the writes since the last call, each once in their order; ids are `*`.
    pub(super) fn writes(&self) -> Vec<String> {
        let mut writes = std::mem::take(&mut *self.proxy.state.writes.lock().unwrap());
        // SQLite's lock errors make the client repeat a write.
        writes.dedup();
        writes.into_iter().map(|(write, _)| write).collect()
    }

    /// The greatest number of writes that were under way at once since the last call.
    pub(super) fn most_at_once(&self) -> usize {
        self.proxy.state.most_under_way.swap(0, Ordering::SeqCst)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Proxy {
    async fn serve(self, listener: TcpListener) {
        loop {
            // Who connects once the listener is gone is refused.
            tokio::select! {
                accepted = listener.accept() => {
                    tokio::spawn(self.clone().pass(accepted.unwrap().0));
                }
                () = self.state.gone.notified() => return,
            }
        }
    }

    /// Passes requests of one connection on, until either side or a fault ends it.
    async fn pass(self, mut stream: TcpStream) {
        while let Some(request) = read_request(&mut stream).await {
            let fault = self.judge(&request);
            sleep(self.latency).await;
            if self.state.is_gone.load(Ordering::SeqCst) {
                return;
            }
            let goes_on = self.meet(&mut stream, &request, fault).await;
            if !is_read(&request) {
                self.state.under_way.fetch_sub(1, Ordering::SeqCst);
            }
            if !goes_on {
                return;
            }
        }
    }

    /// Notes the request, and asks what happens to it.
    fn judge(&self, request: &str) -> Fault {
        let (method, path) = method_and_path(request);
        let mut asked = Asked {
            method,
            path: without_ids(path),
            write: 0,
            body: request.split_once("\r\n\r\n").unwrap().1,
        };
        if !is_read(request) {
            let state = &self.state;
            asked.write = state.written.fetch_add(1, Ordering::SeqCst) + 1;
            let under_way = state.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            state.most_under_way.fetch_max(under_way, Ordering::SeqCst);
            let write = format!("{method} {}", asked.path);
            let body = asked.body.to_owned();
            state.writes.lock().unwrap().push((write, body));
        }
        (self.faults)(&asked)
    }

    /// Whether the connection stays open.
    async fn meet(&self, stream: &mut TcpStream, request: &str, fault: Fault) -> bool {
        match fault {
            Fault::None => {}
            Fault::Answer(status, kind, body) => {
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                return stream.write_all(answer.as_bytes()).await.is_ok();
            }
            Fault::Refuse(status) => {
                let body = r#"{"exception_message":"Service Unavailable"}"#;
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                // Who does not wait for the answer does not get it.
                let _ = stream.write_all(answer.as_bytes()).await;
                return false;
            }
            Fault::DropAnswer => {
                self.ask(request).await;
                stream.set_zero_linger().unwrap();
                return false;
            }
            Fault::Stall(time) => {
                let answer = self.ask(request).await;
                sleep(time).await;
                return stream.write_all(&answer.unwrap_or_default()).await.is_ok();
            }
            Fault::GoneBefore => {
                self.go();
                return false;
            }
            Fault::GoneAfter => {
                self.ask(request).await;
                self.go();
                return false;
            }
        }
        match self.ask(request).await {
            Some(answer) => stream.write_all(&answer).await.is_ok(),
            None => false,
        }
    }

    fn go(&self) {
        self.state.is_gone.store(true, Ordering::SeqCst);
        self.state.gone.notify_one();
    }

    /// The server's answer over a connection of its own, which stays open on the other side; `None` if there is none.
    async fn ask(&self, request: &str) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(self.server).await.ok()?;
        let (head, body) = request.split_once("\r\n\r\n")?;
        let head: Vec<&str> = head
            .lines()
            .filter(|line| !line.to_ascii_lowercase().starts_with("host:"))
            .collect();
        let head = head.join("\r\n");
        let text = format!(
            "{head}\r\nhost: {}\r\nconnection: close\r\n\r\n{body}",
            self.server
        );
        server.write_all(text.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await.ok()?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..end]).into_owned();
        let kept: Vec<&str> = head
            .lines()
            .filter(|line| !line.eq_ignore_ascii_case("connection: close"))
            .collect();
        Some([kept.join("\r\n").as_bytes(), &answer[end..]].concat())
    }
}

/// The head and the body of the next request; `None` at the end of the connection.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if bytes.len() >= end + 4 + length {
                return Some(String::from_utf8(bytes).unwrap());
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn method_and_path(request: &str) -> (&str, &str) {
    let mut words = request.split(' ');
    let method = words.next().unwrap();
    let path = words.next().unwrap();
    (method, path.split('?').next().unwrap())
}

fn is_read(request: &str) -> bool {
    let (method, path) = method_and_path(request);
    method == "GET" || path.ends_with("/filter") || path.ends_with("/count")
}

fn without_ids(path: &str) -> String {
    let below = path.strip_prefix("/api").unwrap_or(path);
    let names = below.split('/').map(|name| {
        if name.parse::<uuid::Uuid>().is_ok() {
            "*"
        } else {
            name
        }
    });
    names.collect::<Vec<_>>().join("/")
}
