//! Proxies that the environment names; what asks runs in a process of its own with that environment.

use std::env;
use std::sync::{Arc, Mutex};

use longshore_prefect::{Client, ClientOptions, Trust};
use serde_json::json;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::script::{Reply, Script, read};
use crate::tls::Secured;

/// What a child process asks: the URL of an API, then the file of an authority.
const CHILD: &str = "LONGSHORE_TEST_ASK";

/// A proxy that answers `true` itself, or makes a tunnel to a port of this machine.
struct Proxy {
    url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start(tunnel_to: Option<u16>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let lines: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&lines);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let request = read(&mut stream).await;
                let line = request.lines().next().expect("a line").to_owned();
                seen.lock().expect("the lines").push(line);
                let Some(port) = tunnel_to else {
                    Reply::json(200, json!(true)).send(&mut stream).await;
                    continue;
                };
                let mut server = TcpStream::connect(("127.0.0.1", port))
                    .await
                    .expect("a server");
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\n\r\n")
                    .await
                    .expect("an answer");
                // It ends as soon as one of the two does.
                let _ = copy_bidirectional(&mut stream, &mut server).await;
            }
        });
        // With user info, which some proxies want.
        Self {
            url: format!("http://user:hunter2@{address}"),
            lines,
        }
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().expect("the lines"))
    }
}

/// Asks in a process with these variables; its output.
async fn ask(question: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env::current_exe().expect("this program"));
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command
            .env_remove(name)
            .env_remove(name.to_ascii_lowercase());
    }
    let output = command
        .args(["--exact", "proxies::child_asks", "--nocapture"])
        .env(CHILD, question)
        .envs(variables.iter().copied())
        .output()
        .await
        .expect("a child process");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    text
}

/// Not a test by itself: the child process of the tests below.
#[tokio::test]
async fn child_asks() {
    let Ok(question) = env::var(CHILD) else {
        return;
    };
    let mut parts = question.lines();
    let mut options = ClientOptions::new(parts.next().expect("a URL"));
    options.trust = Trust {
        certificates: parts.next().map(Into::into),
        anybody: false,
    };
    let client = Client::new(options).expect("a client");
    assert!(client.health().await.expect("an answer"));
}

#[tokio::test]
async fn plain_requests_go_through_the_proxy() {
    let proxy = Proxy::start(None).await;
    let question = "http://prefect.example:4200/api";
    ask(question, &[("HTTP_PROXY", &proxy.url)]).await;
    assert_eq!(
        proxy.lines(),
        ["GET http://prefect.example:4200/api/health HTTP/1.1"]
    );
}

#[tokio::test]
async fn secured_requests_go_through_a_tunnel() {
    let server = Secured::start("prefect.example", |_| ()).await;
    let proxy = Proxy::start(Some(server.port)).await;
    let question = format!(
        "https://prefect.example/api\n{}",
        server.authority().display()
    );
    ask(&question, &[("HTTPS_PROXY", &proxy.url)]).await;
    assert_eq!(proxy.lines(), ["CONNECT prefect.example:443 HTTP/1.1"]);
}

/// As SSL_CERT_FILE is the system's own way to name authorities, every program honours it.
#[tokio::test]
async fn the_systems_own_variable_for_certificates_is_honoured() {
    let server = Secured::start("prefect.example", |_| ()).await;
    let proxy = Proxy::start(Some(server.port)).await;
    let authority = server.authority();
    let authority = authority.to_str().expect("a path");
    let variables = [
        ("HTTPS_PROXY", proxy.url.as_str()),
        ("SSL_CERT_FILE", authority),
    ];
    ask("https://prefect.example/api", &variables).await;
    assert_eq!(proxy.lines().len(), 1);
}

#[tokio::test]
async fn what_needs_no_proxy_goes_without_one() {
    let proxy = Proxy::start(None).await;
    let healthy = || Reply::json(200, json!(true));
    let script = Script::start(vec![healthy(), healthy()]).await;
    ask(&script.url, &[("HTTP_PROXY", &proxy.url)]).await;
    // The same machine by an address that is not a loopback one.
    let elsewhere = script.url.replace("127.0.0.1", "0.0.0.0");
    ask(
        &elsewhere,
        &[("HTTP_PROXY", &proxy.url), ("NO_PROXY", "0.0.0.0")],
    )
    .await;
    assert_eq!((script.requests().len(), proxy.lines()), (2, Vec::new()));
    ask(&elsewhere, &[("HTTP_PROXY", &proxy.url)]).await;
    assert_eq!(proxy.lines().len(), 1);
}
