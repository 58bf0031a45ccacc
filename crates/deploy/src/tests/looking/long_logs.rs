//! `logs` of a server that does not send the second page.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::super::running::{start_with, workspace};
use super::*;

/// Records of a page, as the client requests them.
const PAGE: usize = 200;

/// Reads a whole request and returns its first line.
fn request(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).unwrap();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    reader.read_exact(&mut vec![0; length]).unwrap();
    first
}

fn answer(stream: &mut TcpStream, body: &Value) {
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

/// A server with a run of many log records; the URL of its API.
fn server(run: Uuid) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let logs = move |line: usize| {
        json!({
            "id": Uuid::from_u128(line as u128), "name": "prefect.flow_runs", "level": 20,
            "message": format!("line {line}"), "flow_run_id": run,
            "timestamp": Utc::now() + TimeDelta::microseconds(i64::try_from(line).unwrap()),
        })
    };
    thread::spawn(move || {
        let mut held = Vec::new();
        let mut pages = 0;
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let line = request(&stream);
            if line.contains("/logs/filter") {
                pages += 1;
                if pages > 1 {
                    held.push(stream);
                    continue;
                }
                answer(&mut stream, &json!((0..PAGE).map(logs).collect::<Vec<_>>()));
            } else if line.contains("/flow_runs/") {
                let body = json!({ "id": run, "name": "long", "flow_id": Uuid::nil() });
                answer(&mut stream, &body);
            } else {
                answer(&mut stream, &json!("3.8.8"));
            }
        }
    });
    url
}

#[test]
fn the_first_page_is_printed_before_the_next_one_arrives() {
    let folder = workspace();
    let run = Uuid::new_v4();
    let url = server(run);
    let words = ["logs", &run.to_string()];
    let mut child = start_with(folder.path(), &words, &[("PREFECT_API_URL", &url)]);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let printed: Vec<String> = lines
        .map(Result::unwrap)
        .filter(|line| line.contains(" line "))
        .take(PAGE)
        .collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(printed.len(), PAGE);
    assert!(printed[PAGE - 1].ends_with("line 199"), "{printed:?}");
}
