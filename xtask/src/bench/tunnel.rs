//! A tunnel to a server, which keeps what passes: connections end as they do without it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Instant;

use super::http::{Answer, Request, parse_answer, parse_request};

/// Bytes of one direction, with the time at which each piece of them came.
#[derive(Debug, Default)]
struct Stream {
    bytes: Vec<u8>,
    pieces: Vec<(usize, Option<Instant>)>,
}

#[derive(Debug, Default)]
struct Connection {
    sent: Mutex<Stream>,
    received: Mutex<Stream>,
}

/// A loopback port that leads to a server, until the program ends.
#[derive(Debug)]
pub(super) struct Tunnel {
    /// That of the server, with another port.
    pub(super) url: String,
    connections: Arc<Mutex<Vec<Arc<Connection>>>>,
}

/// A request with its answer, if one came.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) request: Request,
    pub(super) answer: Option<Answer>,
    /// When the request's first byte came by.
    pub(super) asked: Option<Instant>,
    /// When the answer's last byte came by.
    pub(super) answered: Option<Instant>,
}

impl Exchange {
    /// Whether the server was to change something.
    pub(super) fn is_write(&self) -> bool {
        let path = self.request.path.split('?').next().unwrap_or_default();
        let reads = ["/filter", "/count", "/paginate", "/get_scheduled_flow_runs"];
        self.request.method != "GET" && !reads.iter().any(|end| path.ends_with(end))
    }

    /// Whether it was done: a server on SQLite answers some with 503, and the client repeats them.
    pub(super) fn succeeded(&self) -> bool {
        self.answer
            .as_ref()
            .is_some_and(|answer| answer.status < 400)
    }
}

impl Tunnel {
    /// Listens for what is meant for the server at `url`, which has a loopback port and a path.
    pub(super) fn start(url: &str) -> std::io::Result<Self> {
        let after_host = url.rsplit(':').next().and_then(|rest| rest.split_once('/'));
        let (port, path) = after_host.unwrap_or_default();
        let server = SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap_or_default()));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/{path}", listener.local_addr()?);
        let connections: Arc<Mutex<Vec<Arc<Connection>>>> = Arc::default();
        let known = Arc::clone(&connections);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else {
                    continue;
                };
                let connection: Arc<Connection> = Arc::default();
                if let Ok(mut known) = known.lock() {
                    known.push(Arc::clone(&connection));
                }
                // Without a started copy both ends are dropped, which the client sees as a reset.
                let _started = join(client, server, &connection);
            }
        });
        Ok(Self { url, connections })
    }

    /// What has passed since the last call, in the order in which it was asked.
    pub(super) fn take(&self) -> Vec<Exchange> {
        let connections = match self.connections.lock() {
            Ok(mut connections) => std::mem::take(&mut *connections),
            Err(_) => Vec::new(),
        };
        let mut all: Vec<Exchange> = connections
            .iter()
            .flat_map(|connection| connection.exchanges())
            .collect();
        all.sort_by_key(|exchange| exchange.asked);
        all
    }
}

impl Connection {
    fn exchanges(&self) -> Vec<Exchange> {
        let (Ok(sent), Ok(received)) = (self.sent.lock(), self.received.lock()) else {
            return Vec::new();
        };
        let (mut at, mut end) = (0, 0);
        let mut exchanges = Vec::new();
        while let Some((request, length)) = parse_request(&sent.bytes[at..]) {
            let asked = sent.time(at);
            at += length;
            // What follows an upgrade is no HTTP.
            if request.upgrades {
                break;
            }
            let answer = parse_answer(&received.bytes[end..]);
            let answered = answer.as_ref().and_then(|(_, length)| {
                end += length;
                received.time(end - 1)
            });
            exchanges.push(Exchange {
                request,
                answer: answer.map(|(answer, _)| answer),
                asked,
                answered,
            });
        }
        exchanges
    }
}

impl Stream {
    fn time(&self, at: usize) -> Option<Instant> {
        let later = self.pieces.partition_point(|(start, _)| *start <= at);
        self.pieces.get(later.checked_sub(1)?)?.1
    }
}

fn join(client: TcpStream, server: TcpStream, connection: &Arc<Connection>) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (client_reads, server_reads) = (client.try_clone()?, server.try_clone()?);
    let (sent, received) = (Arc::clone(connection), Arc::clone(connection));
    thread::spawn(move || copy(client_reads, server, &sent.sent));
    thread::spawn(move || copy(server_reads, client, &received.received));
    Ok(())
}

/// Copies until one side ends, and then ends the other.
fn copy(mut from: TcpStream, mut to: TcpStream, kept: &Mutex<Stream>) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if let Ok(mut kept) = kept.lock() {
            let start = kept.bytes.len();
            kept.pieces.push((start, Some(Instant::now())));
            kept.bytes.extend_from_slice(&buffer[..count]);
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // They fail if that side has ended already.
    let _ended = to.shutdown(Shutdown::Write);
    let _ended = from.shutdown(Shutdown::Read);
}
