//! Wrong secrets, missing containers, broken lines, damaged blobs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use longshore_rig::AzuriteServer;
use longshore_storage::{
    AccessOptions, AllowedStores, AzureFailure, AzureStore, Digest, MANIFEST, Patience, Put, Store,
    StoreError,
};

use super::proxy::{Fault, Proxy};
use super::{IMPATIENT, access, ready, sas, signed, store};
use crate::conformance::{Built, noise};

const PATH: &str = "projects/finance/daily_report";

fn failure(error: &StoreError) -> &AzureFailure {
    match error {
        StoreError::Azure(error) => &error.source,
        _ => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn refusals_name_account_container_and_identity() {
    let server = AzuriteServer::start().unwrap();
    let right = server.connection_string();
    let built = Built::new(PATH, b"program");

    let error = built.put(&Store::from(store(&right))).await.unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::NoContainer),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        format!(
            "cannot list `team/nightly/{PATH}/{}` in the container `flows` of the storage account `devstoreaccount1` as the account key",
            built.key.digest
        )
    );
    assert!(error.help().unwrap().contains("--create-storage"));
    let error = Store::from(store(&right))
        .check_writable()
        .await
        .unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::NoContainer),
        "{error:?}"
    );

    let wrong = right.replace("AccountKey=Eby8", "AccountKey=Fby8");
    let error = store(&wrong).create_container().await.unwrap_err();
    // Azurite says `AuthorizationFailure` where Azure says `AuthenticationFailed`.
    assert!(
        matches!(failure(&error), AzureFailure::Forbidden),
        "{error:?}"
    );
    let help = error.help().unwrap();
    assert!(
        help.contains("az storage account show-connection-string --name devstoreaccount1"),
        "{help}"
    );

    store(&right).create_container().await.unwrap();
    let expired = signed(server.endpoint(), "flows", "2020-01-01T00:00:00Z");
    let error = store(&expired).list(PATH).await.unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::Expired),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.ends_with("as a shared access signature that expires 2020-01-01T00:00:00Z"),
        "{text}"
    );
}

#[tokio::test]
async fn a_store_that_is_gone_ends_in_an_error() {
    let server = AzuriteServer::start().unwrap();
    let connection_string = server.connection_string();
    drop(server);
    let error = store(&connection_string).list(PATH).await.unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::Unreachable(_)),
        "{error:?}"
    );
    assert!(error.help().unwrap().contains("devstoreaccount1"));
}

#[tokio::test]
async fn what_is_there_costs_one_listing_and_no_content() {
    let server = AzuriteServer::start().unwrap();
    let direct = ready(&server).await;
    for number in 0..10_u8 {
        Built::new(PATH, &[number]).put(&direct).await.unwrap();
    }
    let large = Built::new(PATH, &noise(9_000_000));
    large.put(&direct).await.unwrap();
    let proxy = Proxy::start(&server);
    let counted = Store::from(store(&proxy.connection_string()));
    assert_eq!(counted.list(PATH).await.unwrap().len(), 11);
    let listing = proxy.sent();
    assert!(listing < 2_000, "{listing} bytes");
    assert_eq!(large.put(&counted).await.unwrap(), Put::AlreadyThere);
    let asked = proxy.sent() - listing;
    assert!(asked < 2_000, "{asked} bytes");
}

#[tokio::test]
async fn an_upload_goes_on_after_resets() {
    let server = AzuriteServer::start().unwrap();
    ready(&server).await;
    let proxy = Proxy::start(&server);
    let broken = Store::from(store(&proxy.connection_string()));
    // In the middle of a block, after its last byte but before the answer is through, and at the very first byte.
    proxy.fail(&[
        Fault::Up(1),
        Fault::Down(100),
        Fault::Up(5_000_000),
        Fault::Up(1_500_000),
    ]);
    let content = noise(40_000_000);
    let built = Built::new(PATH, &content);
    built.put(&broken).await.unwrap();
    assert_eq!(proxy.left(), 0);
    let direct = Store::from(store(&server.connection_string()));
    let target = built.folder.path().join("fetched");
    direct.fetch(&built.key, &target).await.unwrap();
    assert!(fs::read(&target).unwrap() == content);
}

#[tokio::test]
async fn a_broken_upload_leaves_nothing_under_the_final_name() {
    let server = AzuriteServer::start().unwrap();
    ready(&server).await;
    let proxy = Proxy::start(&server);
    let broken = Store::from(store(&proxy.connection_string()));
    // The listing gets through, no block does.
    proxy.fail(&[Fault::Up(200_000); 100]);
    let built = Built::new(PATH, &noise(20_000_000));
    let error = built.put(&broken).await.unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::Unreachable(_)),
        "{error:?}"
    );
    assert!(proxy.left() < 100);
    let direct = Store::from(store(&server.connection_string()));
    assert_eq!(direct.list(PATH).await.unwrap(), []);
    let target = built.folder.path().join("fetched");
    let error = direct.fetch(&built.key, &target).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
    proxy.fail(&[]);
    assert_eq!(built.put(&broken).await.unwrap(), Put::Stored);
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off() {
    let server = AzuriteServer::start().unwrap();
    let direct = ready(&server).await;
    let content = noise(20_000_000);
    let built = Built::new(PATH, &content);
    built.put(&direct).await.unwrap();
    let proxy = Proxy::start(&server);
    let broken = Store::from(store(&proxy.connection_string()));
    proxy.fail(&[
        Fault::Down(900_000),
        Fault::Down(10),
        Fault::Down(4_300_000),
        Fault::Down(2_000_000),
    ]);
    let target = built.folder.path().join("fetched");
    broken.fetch(&built.key, &target).await.unwrap();
    assert!(fs::read(&target).unwrap() == content);
    assert_eq!(proxy.left(), 0);
}

#[tokio::test]
async fn a_download_that_gets_nowhere_leaves_no_file() {
    let server = AzuriteServer::start().unwrap();
    let direct = ready(&server).await;
    let built = Built::new(PATH, &noise(9_000_000));
    built.put(&direct).await.unwrap();
    let proxy = Proxy::start(&server);
    let broken = Store::from(store(&proxy.connection_string()));
    proxy.fail(&[Fault::Down(100); 1000]);
    let target = built.folder.path().join("fetched");
    let error = broken.fetch(&built.key, &target).await.unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::Unreachable(_)),
        "{error:?}"
    );
    assert_eq!(fs::read_dir(built.folder.path()).unwrap().count(), 1);
    assert!(proxy.connections() < 100, "{}", proxy.connections());
}

#[tokio::test]
async fn a_store_that_is_silent_is_asked_again_and_given_up() {
    let server = AzuriteServer::start().unwrap();
    ready(&server).await;
    let proxy = Proxy::start(&server);
    let options = AccessOptions {
        patience: Patience {
            silence: Duration::from_millis(500),
            ..IMPATIENT.patience
        },
        ..IMPATIENT
    };
    let access = access(&proxy.connection_string(), options);
    let slow = AzureStore::connect(&access, "flows", "").unwrap();
    proxy.fail(&[Fault::Silent]);
    assert_eq!(slow.list(PATH).await.unwrap(), []);
    assert_eq!(proxy.left(), 0);
    let slow = AzureStore::connect(&access, "flows", "").unwrap();
    proxy.fail(&[Fault::Silent; 100]);
    let error = slow.list(PATH).await.unwrap_err();
    assert!(
        matches!(failure(&error), AzureFailure::Unreachable(_)),
        "{error:?}"
    );
    assert_eq!(proxy.left(), 96);
}

#[tokio::test]
async fn a_damaged_artifact_is_not_fetched_and_a_short_one_is_replaced() {
    let server = AzuriteServer::start().unwrap();
    let direct = ready(&server).await;
    let content = noise(300_000);
    let built = Built::new(PATH, &content);
    built.put(&direct).await.unwrap();
    flip(&server.data(), &content[..64]);
    let target = built.folder.path().join("fetched");
    let error = direct.fetch(&built.key, &target).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(
        error.to_string().contains(&direct.locate(&built.key)),
        "{error}"
    );
    assert_eq!(fs::read_dir(built.folder.path()).unwrap().count(), 1);

    put_by_hand(&direct.locate(&built.key), b"something else").await;
    assert_eq!(built.put(&direct).await.unwrap(), Put::Stored);
    direct.fetch(&built.key, &target).await.unwrap();
    assert!(fs::read(&target).unwrap() == content);
}

/// Puts something under an artifact's name, which the store itself would refuse.
async fn put_by_hand(location: &str, content: &'static [u8]) {
    let signature = sas::query("flows", "2099-01-01T00:00:00Z");
    let tls = longshore_tls::client_config(longshore_tls::Trust::Nobody).unwrap();
    let http = reqwest::Client::builder().tls_backend_preconfigured(tls);
    let answer = http
        .build()
        .unwrap()
        .put(format!("{location}?{signature}"))
        .header("x-ms-blob-type", "BlockBlob")
        .body(content)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
}

/// Changes a byte after a text in a file of a folder.
fn flip(folder: &Path, text: &[u8]) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut content = fs::read(&path).unwrap();
        if let Some(start) = content
            .windows(text.len())
            .position(|window| window == text)
        {
            content[start + text.len()] ^= 1;
            fs::write(&path, content).unwrap();
            return;
        }
    }
    panic!("the text is in no file of {}", folder.display());
}

/// A store with one artifact of seven bytes.
async fn stored(server: &AzuriteServer) -> (Store, Built) {
    let direct = ready(server).await;
    let built = Built::new(PATH, b"program");
    built.put(&direct).await.unwrap();
    (direct, built)
}

/// The environment of a worker that has a connection string.
fn connection(server: &AzuriteServer) -> impl Fn(&str) -> Option<String> {
    let connection_string = server.connection_string();
    move |name| (name == "AZURE_STORAGE_CONNECTION_STRING").then(|| connection_string.clone())
}

#[tokio::test]
async fn a_location_is_all_that_a_fetch_needs() {
    let server = AzuriteServer::start().unwrap();
    let (direct, built) = stored(&server).await;
    let env = connection(&server);
    let location = direct.locate(&built.key);
    assert!(location.starts_with(server.endpoint()), "{location}");
    let target = built.folder.path().join("fetched");
    let stores = AllowedStores::from_environment(&env, None).unwrap();
    let fetch = async |location: &str, digest: Digest| {
        let artifact = stores.resolve(location, digest).unwrap();
        artifact.fetch(&target, 12, &env, IMPATIENT).await
    };
    let digest = built.key.digest;
    fetch(&location, digest).await.unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"program");

    let manifest = location.replace("finance-daily-report", MANIFEST);
    let error = fetch(&manifest, digest).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    let other = "0".repeat(64);
    let gone = location.replace(&digest.to_string(), &other);
    let error = fetch(&gone, other.parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error:?}");
}

/// No artifact may fill the worker's disk, whatever the store says of it.
#[tokio::test]
async fn a_blob_that_is_larger_than_the_limit_is_not_fetched() {
    let server = AzuriteServer::start().unwrap();
    let (direct, built) = stored(&server).await;
    let env = connection(&server);
    let stores = AllowedStores::from_environment(&env, None).unwrap();
    let location = direct.locate(&built.key);
    let artifact = stores.resolve(&location, built.key.digest).unwrap();
    let target = built.folder.path().join("fetched");
    let error = artifact
        .fetch(&target, 6, &env, IMPATIENT)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::TooLarge {
                length: 7,
                limit: 6,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!target.exists());
}
