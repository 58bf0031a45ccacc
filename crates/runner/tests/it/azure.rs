//! An artifact in Azurite.

use longshore_rig::AzuriteServer;
use longshore_storage::{
    Access, AccessOptions, ArtifactKey, AzureStore, Digest, Put, Source, Store,
};
use serde_json::json;

use crate::scene::{Scene, end};

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_comes_from_azure_and_one_that_is_gone_crashes_the_run() {
    let scene = Scene::set().await;
    let azurite = AzuriteServer::start().unwrap();
    let env = |name: &str| {
        (name == "AZURE_STORAGE_CONNECTION_STRING").then(|| azurite.connection_string())
    };
    let access = Access::from_environment(None, &env, AccessOptions::default()).unwrap();
    let azure = AzureStore::connect(&access, "flows", "").unwrap();
    azure.create_container().await.unwrap();
    let store = Store::from(azure);
    let file = scene.program("#!/bin/sh\necho from azure\n");
    let key = ArtifactKey {
        path: "projects/energy/prices".to_owned(),
        digest: Digest::of_file(&file).unwrap(),
        binary: "energy-prices".to_owned(),
    };
    let source = Source {
        file: &file,
        length: 27,
        manifest: b"{}",
        metadata: &[],
        is_new: false,
    };
    assert_eq!(store.put(&key, source, &|_| {}).await.unwrap(), Put::Stored);
    let location = store.locate(&key);
    let variables = json!({ "artifact": location, "sha256": key.digest.to_string() });

    let id = scene.run_of(variables.clone(), json!({})).await;
    let run = async |connection_string: &str| {
        let mut command = scene.command(id);
        // The account that the credentials name is the one that is allowed.
        command
            .env_remove("LONGSHORE_STORES")
            .env("AZURE_STORAGE_CONNECTION_STRING", connection_string);
        end(command).await
    };
    let ended = run(&azurite.connection_string()).await;
    assert_eq!(
        (ended.code, ended.stdout.as_str()),
        (Some(0), "from azure\n"),
        "{ended:?}"
    );
    assert!(ended.stderr.contains("as the account key"), "{ended:?}");

    std::fs::remove_dir_all(scene.cache()).unwrap();
    assert!(store.remove(&key).await.unwrap());
    let ended = run(&azurite.connection_string()).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let message = scene.crash(id).await;
    assert!(
        message.contains(&format!("there is no artifact at `{location}`")),
        "{message}"
    );

    let id = scene.run_of(variables, json!({})).await;
    let wrong = azurite
        .connection_string()
        .replace("AccountKey=Eby8", "AccountKey=Fby8");
    let mut command = scene.command(id);
    command
        .env_remove("LONGSHORE_STORES")
        .env("AZURE_STORAGE_CONNECTION_STRING", &wrong);
    let ended = end(command).await;
    let message = scene.crash(id).await;
    assert!(
        message.contains(
            "in the container `flows` of the storage account `devstoreaccount1` as the account key"
        ),
        "{message}"
    );
    let all = format!("{message}{ended:?}");
    assert!(
        !all.contains("vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"),
        "{all}"
    );
}
