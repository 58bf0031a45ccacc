//! The store in a container, on Azurite in strict mode.

mod faults;
mod memory;
mod proxy;
mod sas;
mod secrets;
mod tokens;

use std::time::Duration;

use longshore_rig::AzuriteServer;
use longshore_storage::{Access, AccessOptions, AzureStore, Patience, Put, Store};

use crate::conformance::conforms;

/// Short enough for a test to see the end of it.
const IMPATIENT: AccessOptions = AccessOptions {
    account: None,
    managed_identity: None,
    patience: Patience {
        silence: Duration::from_secs(20),
        retries: 3,
        first_delay: Duration::from_millis(10),
    },
};

fn access(connection_string: &str, options: AccessOptions) -> Access {
    let env = |name: &str| {
        (name == "AZURE_STORAGE_CONNECTION_STRING").then(|| connection_string.to_owned())
    };
    Access::from_environment(None, &env, options).unwrap()
}

fn store(connection_string: &str) -> AzureStore {
    AzureStore::connect(
        &access(connection_string, IMPATIENT),
        "flows",
        "team/nightly",
    )
    .unwrap()
}

/// A connection string with a signature for one container.
fn signed(endpoint: &str, container: &str, expires: &str) -> String {
    let query = sas::query(container, expires);
    format!("BlobEndpoint={endpoint};SharedAccessSignature={query}")
}

/// A store in a container that is there.
async fn ready(server: &AzuriteServer) -> Store {
    let store = store(&server.connection_string());
    store.create_container().await.unwrap();
    Store::from(store)
}

#[tokio::test]
async fn a_container_conforms_by_key_and_by_signature() {
    let server = AzuriteServer::start().unwrap();
    let by_key = store(&server.connection_string());
    assert_eq!(by_key.create_container().await.unwrap(), Put::Stored);
    assert_eq!(by_key.create_container().await.unwrap(), Put::AlreadyThere);
    conforms(&Store::from(by_key)).await;

    let by_key = AzureStore::connect(
        &access(&server.connection_string(), IMPATIENT),
        "signed",
        "",
    );
    by_key.unwrap().create_container().await.unwrap();
    let connection_string = signed(server.endpoint(), "signed", "2099-01-01T00:00:00Z");
    let access = access(&connection_string, IMPATIENT);
    let by_signature = AzureStore::connect(&access, "signed", "").unwrap();
    assert_eq!(
        by_signature.identity().to_string(),
        "a shared access signature that expires 2099-01-01T00:00:00Z"
    );
    conforms(&Store::from(by_signature)).await;
}
