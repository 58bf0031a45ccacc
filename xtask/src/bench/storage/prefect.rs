//! As much of Prefect as `longshore-run` asks before it starts a program.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::bench::http::parse_request;

/// The run, its flow and its deployment have one id.
pub(super) const ID: &str = "b0a8f2a8-9a54-4a2f-8a5d-1c0de7f1a9c3";

/// Answers, until the program ends, with a run whose deployment has these job variables; the URL of the API.
pub(super) fn serve(artifact: &str, sha256: &str) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/api", listener.local_addr()?);
    let run = json!({ "id": ID, "name": "run", "flow_id": ID, "deployment_id": ID });
    let job_variables = json!({ "artifact": artifact, "sha256": sha256 });
    let deployment =
        json!({ "id": ID, "name": "eu", "flow_id": ID, "job_variables": job_variables });
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let (run, deployment) = (run.clone(), deployment.clone());
            thread::spawn(move || answer(client, &run, &deployment));
        }
    });
    Ok(url)
}

/// Answers until the client goes.
fn answer(mut client: TcpStream, run: &Value, deployment: &Value) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&buffer[..count]);
        while let Some((request, length)) = parse_request(&bytes) {
            bytes.drain(..length);
            let body = if request.path.starts_with("/api/flow_runs/") {
                run.to_string()
            } else {
                deployment.to_string()
            };
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
            let answer = format!("{head} {}\r\n\r\n{body}", body.len());
            client.write_all(answer.as_bytes())?;
        }
    }
}
