//! Whatever fails, and however much is logged, no secret is printed.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use tracing_subscriber::filter::LevelFilter;

use super::running::{PACKAGE, registry, workspace};
use crate::command_line::CommandLine;
use crate::{Workspace, run};

/// What a child process runs: the workspace's root, then the arguments, one per line.
const CHILD: &str = "LONGSHORE_TEST_LOGGED_RUN";

/// Everything that must not be seen: as it is set, and as it is sent.
const SECRETS: [&str; 8] = [
    "pnu_hunter2key",
    "hunter2auth",
    "YWRtaW46aHVudGVyMmF1dGg",
    "hunter2url",
    "YWRhOmh1bnRlcjJ1cmw",
    "hunter2header",
    "hunter2proxy",
    "cHJveHk6aHVudGVyMnByb3h5",
];

/// Ways to prove who one is.
const IDENTITIES: [(&str, &str); 2] = [
    ("PREFECT_API_KEY", "pnu_hunter2key"),
    ("PREFECT_API_AUTH_STRING", "admin:hunter2auth"),
];

/// A server of one answer; its address.
fn answering(answer: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let answer = answer.replace('\n', "\r\n");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            // A client that has gone away, and one that is still writing, get the same.
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

/// Runs `deploy` with everything logged that any crate logs; its exit code and all that was printed.
pub(super) fn said(arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let folder = workspace();
    let root = folder.path();
    let order = [&[root.to_str().unwrap()], arguments].concat().join("\n");
    let mut command = Command::new(env::current_exe().unwrap());
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("PREFECT_")) {
        command.env_remove(name);
    }
    let output = command
        .args(["--exact", "tests::secrecy::child_runs", "--nocapture"])
        .env(CHILD, order)
        .env("PREFECT_HOME", root.join("prefect-home"))
        .env("CARGO_TARGET_DIR", root.join("target"))
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.code(), text)
}

/// Not a test by itself: the process that runs a command for the tests below.
#[test]
#[expect(clippy::disallowed_methods, reason = "the test reads what is logged")]
fn child_runs() {
    let Ok(order) = env::var(CHILD) else { return };
    // Takes what goes through `log` as well, such as the words of the HTTP client.
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .init();
    let mut lines = order.lines();
    let workspace = Workspace {
        root: lines.next().unwrap().to_owned().leak(),
        packages: &[PACKAGE],
    };
    let command_line = CommandLine::read(["deploy"].into_iter().chain(lines)).unwrap();
    let exit = run::main(&workspace, &registry(), command_line);
    std::process::exit(exit.number().into());
}

/// Runs a plan on a server at this address, as each identity; every time it must fail with this text.
fn check_failure(url: &str, expected: &str) {
    thread::scope(|scope| {
        for identity in IDENTITIES {
            scope.spawn(move || check_failure_as(identity, url, expected));
        }
    });
}

fn check_failure_as(identity: (&str, &str), url: &str, expected: &str) {
    let (code, text) = said(
        &["plan", "--no-build"],
        &[
            ("PREFECT_API_URL", url),
            identity,
            (
                "PREFECT_CLIENT_CUSTOM_HEADERS",
                r#"{"X-Gate": "hunter2header", "Host": "hunter2header"}"#,
            ),
            ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "true"),
            ("HTTP_PROXY", "http://proxy:hunter2proxy@127.0.0.1:9"),
            ("HTTPS_PROXY", "http://proxy:hunter2proxy@127.0.0.1:9"),
        ],
    );
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("error: ") && text.contains(expected),
        "{expected}: {text}"
    );
    assert!(
        text.contains("starting new connection"),
        "nothing is logged: {text}"
    );
    assert!(
        text.contains("the custom header `Host` is left out"),
        "{text}"
    );
    assert_eq!(
        text.contains("warning: the server's certificate is not checked"),
        url.starts_with("https:"),
        "{text}"
    );
    for secret in SECRETS {
        assert!(!text.contains(secret), "`{secret}` is in {text}");
    }
}

fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_server_that_cannot_be_reached_or_trusted_shows_no_secret() {
    let url = |scheme: &str, address: &str| {
        format!("{scheme}://ada:hunter2url@{address}/api?token=hunter2url")
    };
    check_failure(&url("http", &nobody()), "no connection");
    // 0.0.0.0 is this machine too, but no loopback address: the way leads through the proxy, which is not there.
    let elsewhere = nobody().replace("127.0.0.1", "0.0.0.0");
    check_failure(&url("http", &elsewhere), "no connection");
    check_failure(&url("https", &elsewhere), "no connection");
    let plain = answering("HTTP/1.1 400 Bad Request\ncontent-length: 0\nconnection: close\n\n");
    check_failure(&url("https", &plain), "no secure connection");
}

#[test]
fn an_answer_that_is_no_success_shows_no_secret() {
    let unauthorized = "HTTP/1.1 401 Unauthorized\ncontent-type: application/json\nconnection: close\n\n\
                        {\"exception_message\": \"Unauthorized\"}";
    let html =
        "HTTP/1.1 200 OK\ncontent-type: text/html\nconnection: close\n\n<html>hunter2auth</html>";
    let elsewhere = "HTTP/1.1 302 Found\nlocation: https://ada:hunter2url@sso.example/?key=hunter2url\n\
                     content-length: 0\nconnection: close\n\n";
    let echo = "HTTP/1.1 422 Unprocessable\ncontent-type: application/json\nconnection: close\n\n\
                {\"exception_message\": \"Invalid request received.\", \"exception_detail\": [{\"loc\": [\"body\"], \
                \"msg\": \"no\"}], \"request_body\": {\"password\": \"hunter2auth\"}}";
    for (answer, expected) in [
        (unauthorized, "help: set PREFECT_API_KEY"),
        (html, "text/html instead of JSON"),
        (elsewhere, "a redirect to `https://sso.example/`"),
        (echo, "answered 422: no"),
    ] {
        let url = format!("http://ada:hunter2url@{}/api", answering(answer));
        check_failure(&url, expected);
    }
}

/// The embedded server's auth string is random, and of this form.
#[test]
fn the_embedded_servers_auth_string_is_not_shown() {
    let (code, text) = said(&["apply"], &[]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("1 created") && text.contains("starting new connection"),
        "{text}"
    );
    for (at, prefix) in text.match_indices("longshore:") {
        let rest = &text[at + prefix.len()..];
        let digits = rest.chars().take_while(char::is_ascii_hexdigit);
        assert!(digits.count() < 32, "{}", &text[at..at + 42]);
    }
}
