//! No output, however detailed, holds a secret.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex};

use longshore_rig::AzuriteServer;
use longshore_storage::{Access, AzureStore, Store};
use tracing_subscriber::fmt::MakeWriter;

use super::proxy::{Fault, Proxy};
use super::{IMPATIENT, access, ready, sas, signed};
use crate::conformance::{Built, noise};

const VALID: &str = "2099-01-01T00:00:00Z";
const EXPIRED: &str = "2020-01-01T00:00:00Z";

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl io::Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Output {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The error as it may be printed: text, cause, all fields.
fn printed(error: &dyn Error) -> String {
    let mut text = format!("{error:?}\n{error:#?}\n");
    let mut cause = Some(error);
    while let Some(error) = cause {
        writeln!(text, "{error}").unwrap();
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn keys_and_signatures_are_never_printed() {
    let output = Output::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(output.clone())
        .try_init()
        .unwrap();
    let server = AzuriteServer::start().unwrap();
    ready(&server).await;
    let proxy = Proxy::start(&server);
    let mut text = String::new();
    let signed = |endpoint: &str, expires| signed(endpoint, "flows", expires);
    for connection_string in [
        server.connection_string(),
        signed(server.endpoint(), EXPIRED),
        signed(&proxy.endpoint(), VALID),
        proxy.connection_string(),
    ] {
        proxy.fail(&[
            Fault::Up(100),
            Fault::Down(10),
            Fault::Up(1_000_000),
            Fault::Down(10),
            Fault::Up(1),
            Fault::Up(1),
            Fault::Up(1),
            Fault::Up(1),
        ]);
        let access: Access = access(&connection_string, IMPATIENT);
        let store = AzureStore::connect(&access, "flows", "").unwrap();
        writeln!(text, "{access:?} {store:?} {}", store.identity()).unwrap();
        let store = Store::from(store);
        let built = Built::new("projects/a/b", &noise(9_000_000));
        for _ in 0..3 {
            if let Err(error) = built.put(&store).await {
                text += &printed(&error);
            }
        }
        let gone = Built::new("projects/a/b", b"gone");
        let error = store
            .fetch(&gone.key, &gone.folder.path().join("x"))
            .await
            .unwrap_err();
        text += &printed(&error);
        writeln!(text, "{}", store.locate(&built.key)).unwrap();
    }
    let logged = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    assert!(
        logged.contains("TRACE") && logged.contains("comp=block"),
        "{} bytes",
        logged.len()
    );
    let signatures = [VALID, EXPIRED].map(|expires| sas::signature("flows", expires));
    let encoded = signatures.clone().map(|text| {
        text.replace('+', "%2B")
            .replace('/', "%2F")
            .replace('=', "%3D")
    });
    let secrets = signatures.iter().chain(&encoded).map(String::as_str);
    for secret in secrets.chain([AzuriteServer::KEY, "SharedKey devstoreaccount1:"]) {
        // Without padding, which some encodings drop.
        let secret = secret.trim_end_matches('=').trim_end_matches("%3D");
        assert!(!text.contains(secret), "printed: {secret}");
        assert!(!logged.contains(secret), "logged: {secret}");
    }
}
