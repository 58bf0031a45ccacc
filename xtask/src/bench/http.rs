//! As much of HTTP/1.1 as Prefect's API speaks: a keep-alive client, and what passes a tunnel.

use std::io::{BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a server that is busy is left alone.
const BUSY: Duration = Duration::from_millis(50);

/// More often than a server on SQLite is ever busy in a row.
const TRIES: u32 = 50;

/// A request as it was sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: String,
    /// With the leading `/api`.
    pub(super) path: String,
    pub(super) body: String,
    pub(super) upgrades: bool,
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// One connection that is kept, and made anew when the server has closed it.
#[derive(Debug)]
pub(super) struct KeepAlive {
    address: String,
    connection: Option<BufReader<TcpStream>>,
}

impl KeepAlive {
    /// A client of the API at `api_url`.
    pub(super) fn new(api_url: &str) -> Self {
        let address = api_url
            .trim_start_matches("http://")
            .trim_end_matches("/api");
        Self {
            address: address.to_owned(),
            connection: None,
        }
    }

    /// Sends a request until it is answered by something else than 503.
    pub(super) fn send(&mut self, request: &Request) -> std::io::Result<Answer> {
        let mut last = Err(std::io::ErrorKind::TimedOut.into());
        for _ in 0..TRIES {
            last = self.try_once(request);
            match &last {
                Ok(answer) if answer.status != 503 => return last,
                // Prefect closes the connection after a 503 without a word.
                _ => self.connection = None,
            }
            std::thread::sleep(BUSY);
        }
        last
    }

    fn try_once(&mut self, request: &Request) -> std::io::Result<Answer> {
        if self.connection.is_none() {
            let stream = TcpStream::connect(&self.address)?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(TIMEOUT))?;
            self.connection = Some(BufReader::new(stream));
        }
        let Some(connection) = &mut self.connection else {
            return Err(std::io::ErrorKind::NotConnected.into());
        };
        let Request {
            method, path, body, ..
        } = request;
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        connection.get_mut().write_all(text.as_bytes())?;
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            if let Some((answer, _)) = parse_answer(&bytes) {
                return Ok(answer);
            }
            match connection.read(&mut buffer)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                count => bytes.extend_from_slice(&buffer[..count]),
            }
        }
    }
}

/// The request at the beginning of what was sent, and its length.
pub(super) fn parse_request(bytes: &[u8]) -> Option<(Request, usize)> {
    let (head, start) = head(bytes)?;
    let mut words = head.lines().next()?.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (body, length) = body(&head, &bytes[start..])?;
    let upgrades = header(&head, "upgrade").is_some();
    let request = Request {
        method,
        path,
        body,
        upgrades,
    };
    Some((request, start + length))
}

/// The answer at the beginning of what was received, and its length.
pub(super) fn parse_answer(bytes: &[u8]) -> Option<(Answer, usize)> {
    let (head, start) = head(bytes)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let (body, length) = body(&head, &bytes[start..])?;
    Some((Answer { status, body }, start + length))
}

/// Request or status line with the headers, and where the body starts.
fn head(bytes: &[u8]) -> Option<(String, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    Some((head, end + 4))
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The whole body after a head, and how many bytes it takes.
fn body(head: &str, bytes: &[u8]) -> Option<(String, usize)> {
    if header(head, "transfer-encoding").is_some_and(|value| value.contains("chunked")) {
        return chunked(bytes);
    }
    let length = header(head, "content-length").map_or(Some(0), |value| value.parse().ok())?;
    let body = bytes.get(..length)?;
    Some((String::from_utf8_lossy(body).into_owned(), length))
}

fn chunked(bytes: &[u8]) -> Option<(String, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let rest = bytes.get(at..)?;
        let line = rest.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line]).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        at += line + 2;
        body.extend_from_slice(bytes.get(at..at + size)?);
        at += size + 2;
        if size == 0 && at <= bytes.len() {
            return Some((String::from_utf8_lossy(&body).into_owned(), at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_one_after_the_other() {
        let bytes = b"POST /api/flows/ HTTP/1.1\r\nHost: h\r\ncontent-length: 2\r\n\r\n{}GET /api/health HTTP/1.1\r\n\r\n";
        let (first, length) = parse_request(bytes).unwrap();
        assert_eq!((first.method.as_str(), first.body.as_str()), ("POST", "{}"));
        let (second, rest) = parse_request(&bytes[length..]).unwrap();
        assert_eq!((second.path.as_str(), rest), ("/api/health", 28));
        assert!(parse_request(&bytes[..length - 1]).is_none());
    }

    #[test]
    fn an_answer_in_chunks_is_put_together() {
        let bytes = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1\r\n \r\n0\r\n\r\nHTTP";
        let (answer, length) = parse_answer(bytes).unwrap();
        assert_eq!((answer.status, answer.body.as_str()), (201, "{} "));
        assert_eq!(&bytes[length..], b"HTTP");
        assert!(parse_answer(&bytes[..bytes.len() - 10]).is_none());
    }
}
