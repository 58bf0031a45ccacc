//! A line to Azurite that breaks where a test says.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use longshore_rig::AzuriteServer;

/// What happens to a connection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// It is cut after so many bytes of the client.
    Up(usize),
    /// It is cut after so many bytes of the server.
    Down(usize),
    /// The server never hears of it.
    Silent,
}

/// A proxy whose first connections have faults, one each; the others have none.
pub(super) struct Proxy {
    port: u16,
    connections: Arc<AtomicUsize>,
    /// Bytes of the clients.
    sent: Arc<AtomicUsize>,
    faults: Arc<Mutex<Vec<Fault>>>,
}

impl Proxy {
    pub(super) fn start(server: &AzuriteServer) -> Self {
        let address: SocketAddr = address(server.endpoint()).parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (connections, sent, faults) = (Arc::default(), Arc::default(), Arc::default());
        let proxy = Self {
            port,
            connections: Arc::clone(&connections),
            sent: Arc::clone(&sent),
            faults: Arc::clone(&faults),
        };
        thread::spawn(move || {
            for client in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let fault = faults.lock().unwrap().pop();
                let server = TcpStream::connect(address).unwrap();
                carry(client.unwrap(), server, fault, &sent);
            }
        });
        proxy
    }

    /// The next connections have these faults, the last one first.
    pub(super) fn fail(&self, faults: &[Fault]) {
        *self.faults.lock().unwrap() = faults.to_vec();
    }

    /// Faults that no connection has met.
    pub(super) fn left(&self) -> usize {
        self.faults.lock().unwrap().len()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Bytes that the clients have sent, requests and their bodies.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// As [`AzuriteServer::endpoint`].
    pub(super) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/{}", self.port, AzuriteServer::ACCOUNT)
    }

    /// As [`AzuriteServer::connection_string`].
    pub(super) fn connection_string(&self) -> String {
        format!(
            "AccountName={};AccountKey={};BlobEndpoint={}",
            AzuriteServer::ACCOUNT,
            AzuriteServer::KEY,
            self.endpoint()
        )
    }
}

fn address(endpoint: &str) -> &str {
    let (_, rest) = endpoint.split_once("://").unwrap();
    rest.split('/').next().unwrap()
}

fn carry(client: TcpStream, server: TcpStream, fault: Option<Fault>, sent: &Arc<AtomicUsize>) {
    let (up, down) = match fault {
        Some(Fault::Up(bytes)) => (bytes, usize::MAX),
        Some(Fault::Down(bytes)) => (usize::MAX, bytes),
        Some(Fault::Silent) => (0, usize::MAX),
        None => (usize::MAX, usize::MAX),
    };
    let silent = matches!(fault, Some(Fault::Silent));
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let sent = Arc::clone(sent);
    thread::spawn(move || {
        if silent {
            // Holds both ends until the client gives up.
            let _ = std::io::copy(&mut &from, &mut std::io::sink());
            let _ = to.shutdown(Shutdown::Both);
        } else {
            pass(from, to, up, &sent);
        }
    });
    thread::spawn(move || pass(server, client, down, &AtomicUsize::new(0)));
}

/// Carries bytes until one side ends or the limit is reached, and then ends both.
fn pass(mut from: TcpStream, mut to: TcpStream, limit: usize, carried: &AtomicUsize) {
    let mut left = limit;
    let mut buffer = [0; 16 * 1024];
    while left > 0 {
        let wanted = buffer.len().min(left);
        let length = match from.read(&mut buffer[..wanted]) {
            Ok(0) | Err(_) => break,
            Ok(length) => length,
        };
        carried.fetch_add(length, Ordering::SeqCst);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
        left -= length;
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
