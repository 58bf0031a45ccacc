//! A server that answers each request with the next reply of a script.

use std::sync::{Arc, Mutex};

use longshore_prefect::{Authentication, Client, ClientOptions};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// What the server does with a request that it has read.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status, further header lines, and a body.
    Answer(u16, &'static str, String),
    /// It acts, and the connection breaks before the answer.
    Reset,
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<serde_json::Value>) -> Self {
        Self::Answer(
            status,
            "content-type: application/json\r\n",
            body.into().to_string(),
        )
    }
}

impl Reply {
    pub(crate) async fn send(self, stream: &mut (impl AsyncWrite + Unpin)) {
        let Self::Answer(status, headers, body) = self else {
            return;
        };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        stream
            .write_all(answer.as_bytes())
            .await
            .expect("an answer");
        stream.flush().await.expect("an answer");
    }
}

/// Answers each request by itself, as many at once as come; the URL of its API.
pub(crate) async fn serve(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/api", listener.local_addr().expect("an address"));
    let answer = Arc::new(answer);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let answer = Arc::clone(&answer);
            tokio::spawn(async move {
                let request = read(&mut stream).await;
                answer(&request).send(&mut stream).await;
            });
        }
    });
    url
}

/// A running script.
pub(crate) struct Script {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Script {
    pub(crate) async fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/api", listener.local_addr().expect("an address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for reply in replies {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let request = read(&mut stream).await;
                seen.lock().expect("the list").push(request);
                reply.send(&mut stream).await;
            }
        });
        Self { url, requests }
    }

    /// A client of this server.
    pub(crate) fn client(&self, authentication: Authentication) -> Client {
        Client::new(ClientOptions {
            authentication,
            ..ClientOptions::new(&self.url)
        })
        .expect("a client")
    }

    /// The heads and bodies of the requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("the list").clone()
    }
}

/// The head and the body of one request.
pub(crate) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                return text;
            }
        }
        assert_ne!(
            stream.read_buf(&mut bytes).await.expect("bytes"),
            0,
            "the request is cut short: {text}"
        );
    }
}
