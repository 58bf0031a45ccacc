//! Answers of a blob service that are larger than the client keeps in memory.

use std::error::Error as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::iter;
use std::net::{TcpListener, TcpStream};
use std::thread;

use longshore_storage::{
    Access, AccessOptions, ArtifactKey, AzureFailure, AzureStore, Digest, StoreError,
};

/// More than one answer may have.
const LARGE: usize = 65 * 1024 * 1024;

fn store(endpoint: &str) -> AzureStore {
    let env = |name: &str| {
        (name == "AZURE_STORAGE_CONNECTION_STRING")
            .then(|| format!("AccountName=acme;BlobEndpoint={endpoint};AccountKey=c2VjcmV0"))
    };
    let access = Access::from_environment(None, &env, AccessOptions::default()).unwrap();
    AzureStore::connect(&access, "flows", "").unwrap()
}

fn key(digest: Digest) -> ArtifactKey {
    ArtifactKey {
        path: "projects/a/b".to_owned(),
        digest,
        binary: "b".to_owned(),
    }
}

/// A blob service that answers everything with this status and sends without an end; its endpoint.
fn endless_service(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/acme", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let mut sent = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: application/xml\r\nconnection: close\r\n\r\n<a>"
                );
                let part = vec![b'x'; 1024 * 1024];
                while sent.is_ok() {
                    sent = stream.write_all(&part);
                }
            });
        }
    });
    endpoint
}

#[tokio::test]
async fn answers_without_an_end_are_errors() {
    for status in ["200 OK", "409 Conflict"] {
        let store = store(&endless_service(status));
        let key = key("0".repeat(64).parse().unwrap());
        for error in [
            store.list("projects/a/b").await.unwrap_err(),
            store.manifest(&key).await.unwrap_err(),
        ] {
            let StoreError::Azure(error) = &error else {
                panic!("{error:?}");
            };
            let mut causes = iter::successors(error.source.source(), |cause| (*cause).source());
            assert!(
                matches!(error.source, AzureFailure::Unexpected(_))
                    && causes.any(|cause| cause.to_string().contains("64 MiB")),
                "{status}: {error:?}"
            );
        }
    }
}

/// Answers one request for a blob of zeros: its properties, or the range of the request.
fn answer(stream: &mut TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut range = 0..LARGE;
    for line in reader.lines() {
        let line = line?.to_ascii_lowercase();
        if let Some((_, bytes)) = line.split_once("range: bytes=") {
            let (start, end) = bytes.split_once('-').unwrap();
            let end = end.parse::<usize>().map_or(LARGE, |end| end + 1);
            range = start.parse().unwrap()..end.min(LARGE);
        }
        if line.is_empty() {
            break;
        }
    }
    let (start, last, length) = (range.start, range.end - 1, range.len());
    write!(
        stream,
        "HTTP/1.1 {}\r\netag: \"one\"\r\ncontent-length: {length}\r\n\
         content-range: bytes {start}-{last}/{LARGE}\r\nconnection: close\r\n\r\n",
        if first.starts_with("HEAD") {
            "200 OK"
        } else {
            "206 Partial Content"
        },
    )?;
    if first.starts_with("HEAD") {
        return Ok(());
    }
    stream.write_all(&vec![0; length])
}

#[tokio::test]
async fn a_larger_blob_is_fetched_in_parts() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/acme", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || answer(&mut stream));
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let (original, fetched) = (
        folder.path().join("original"),
        folder.path().join("fetched"),
    );
    std::fs::write(&original, vec![0; LARGE]).unwrap();
    let digest = Digest::of_file(&original).unwrap();
    store(&endpoint)
        .fetch(&key(digest), &fetched)
        .await
        .unwrap();
    assert_eq!(Digest::of_file(&fetched).unwrap(), digest);
}
