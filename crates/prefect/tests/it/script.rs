//! A server that answers each request with the next reply of a script.

use std::sync::{Arc, Mutex};

use longshore_prefect::{Authentication, Client, ClientOptions};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

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
                if let Reply::Answer(status, headers, body) = reply {
                    let length = body.len();
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
                    );
                    stream
                        .write_all(answer.as_bytes())
                        .await
                        .expect("an answer");
                }
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

async fn read(stream: &mut TcpStream) -> String {
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
