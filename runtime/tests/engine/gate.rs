//! A door before the server: it can be shut, and can lose answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What a connection obeys.
#[derive(Debug, Default)]
struct Orders {
    shut: AtomicBool,
    /// How many more answers to `POST <path>` are lost.
    lost: AtomicU32,
}

/// A port that passes connections on to the server.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) api_url: String,
    orders: Arc<Orders>,
}

impl Gate {
    /// A gate that loses the answer to the first `lost` POSTs whose path ends so.
    pub(crate) async fn before(server: &str, path: &'static str, lost: u32) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address").to_string();
        let server = server
            .trim_start_matches("http://")
            .trim_end_matches("/api")
            .to_owned();
        let orders = Arc::new(Orders::default());
        orders.lost.store(lost, Ordering::SeqCst);
        let gate = Self {
            api_url: format!("http://{own}/api"),
            orders: Arc::clone(&orders),
        };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let passage = Passage {
                    own: own.clone(),
                    server: server.clone(),
                    path,
                    orders: Arc::clone(&orders),
                };
                tokio::spawn(passage.pass(client));
            }
        });
        gate
    }

    /// From here on connections break, until it is opened.
    pub(crate) fn shut(&self, is_shut: bool) {
        self.orders.shut.store(is_shut, Ordering::SeqCst);
    }
}

struct Passage {
    own: String,
    server: String,
    path: &'static str,
    orders: Arc<Orders>,
}

impl Passage {
    async fn pass(self, mut client: TcpStream) {
        if self.orders.shut.load(Ordering::SeqCst) {
            return;
        }
        let mut server = TcpStream::connect(&self.server).await.expect("the server");
        let (mut from_client, mut from_server) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        let mut is_lost = false;
        loop {
            let passed = tokio::select! {
                read = client.read(&mut from_client) => {
                    let request = &from_client[..read.unwrap_or_default()];
                    is_lost |= self.is_lost(request);
                    server.write_all(&self.addressed(request)).await.map(|()| request.len())
                }
                read = server.read(&mut from_server) => {
                    let answer = &from_server[..read.unwrap_or_default()];
                    if is_lost {
                        return;
                    }
                    client.write_all(answer).await.map(|()| answer.len())
                }
            };
            if !matches!(passed, Ok(1..)) || self.orders.shut.load(Ordering::SeqCst) {
                return;
            }
        }
    }

    /// Whether the answer to what begins here is to be lost.
    fn is_lost(&self, request: &[u8]) -> bool {
        let text = String::from_utf8_lossy(request);
        let line = text.lines().next().unwrap_or_default();
        let is_meant = line.starts_with("POST ")
            && line
                .split(' ')
                .nth(1)
                .is_some_and(|path| path.ends_with(self.path));
        is_meant
            && self
                .orders
                .lost
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_ok()
    }

    /// The request with the server's own address, of the same length, in its Host.
    fn addressed(&self, request: &[u8]) -> Vec<u8> {
        let mut request = request.to_vec();
        let own = self.own.as_bytes();
        if own.len() == self.server.len()
            && let Some(at) = request.windows(own.len()).position(|window| window == own)
        {
            request[at..at + own.len()].copy_from_slice(self.server.as_bytes());
        }
        request
    }
}
