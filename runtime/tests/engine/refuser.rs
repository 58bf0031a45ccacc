//! A proxy before the server that refuses some requests, as a database or another proxy behind it would.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use longshore_embedded::Server;

/// A request as a rule sees it.
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What becomes of a request.
pub(crate) enum Rule {
    /// It gets this status, and does not reach the server.
    Answer(u16),
}

/// The proxy's address.
pub(crate) struct Refuser {
    pub(crate) api_url: String,
}

/// Starts a proxy that asks `rule` about each request; what it says nothing of goes to the server.
pub(crate) fn refuser(
    server: &Server,
    rule: impl Fn(&Seen) -> Option<Rule> + Clone + Send + 'static,
) -> Refuser {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("an address").to_string();
    let api_url = server.api_url();
    let behind = api_url.trim_start_matches("http://");
    let behind = behind.trim_end_matches("/api").to_owned();
    let api_url = format!("http://{own}/api");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (rule, own, behind) = (rule.clone(), own.clone(), behind.clone());
            thread::spawn(move || pass(client, &own, &behind, &rule));
        }
    });
    Refuser { api_url }
}

/// Passes one request; the connection ends with it.
fn pass(
    mut client: TcpStream,
    own: &str,
    behind: &str,
    rule: &impl Fn(&Seen) -> Option<Rule>,
) -> Option<()> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let (head, length) = loop {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
            if bytes.len() >= end + 4 + length {
                break (head, length);
            }
        }
        let read = client.read(&mut buffer).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&buffer[..read]);
    };
    let seen = Seen {
        path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&bytes[bytes.len() - length..]).into_owned(),
    };
    if let Some(Rule::Answer(status)) = rule(&seen) {
        let text = format!(
            "HTTP/1.1 {status} Refused\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
        );
        return client.write_all(text.as_bytes()).ok();
    }
    let head = head
        .replace(own, behind)
        .replacen("\r\n", "\r\nconnection: close\r\n", 1);
    let mut server = TcpStream::connect(behind).ok()?;
    server.write_all(head.as_bytes()).ok()?;
    server.write_all(b"\r\n\r\n").ok()?;
    server.write_all(&bytes[bytes.len() - length..]).ok()?;
    loop {
        let read = server.read(&mut buffer).ok().filter(|read| *read > 0)?;
        client.write_all(&buffer[..read]).ok()?;
    }
}
