//! What is in the way of opening a database.

use std::error::Error as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use longshore_embedded::{Embedded, OpenError};
use longshore_prefect::FlowRunWrite;
use redb::{Database, TableDefinition};

use crate::api::{Api, embedded};

const META: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("meta");

fn open(folder: &Path) -> OpenError {
    Embedded::open(folder).map(drop).expect_err("an error")
}

#[tokio::test]
async fn what_was_stored_is_there_after_a_restart() {
    let fixture = embedded().await;
    let flow = fixture.api.flow().await;
    fixture.server.shutdown().await;
    let server = Embedded::open(fixture.folder.path())
        .expect("the database")
        .serve()
        .await
        .expect("a server");
    let api = Api::new(server.api_url(), Some(server.auth_string().to_owned()));
    assert_eq!(
        api.client.flow(flow.id).await.expect("an answer"),
        Some(flow)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_closed_when_the_server_has_shut_down() {
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..50 {
        let server = Embedded::open(folder.path())
            .expect("a file that nobody has open")
            .serve()
            .await
            .expect("a server");
        let api = Api::new(server.api_url(), Some(server.auth_string().to_owned()));
        tokio::join!(api.flow(), api.flow(), api.flow(), api.flow());
        server.shutdown().await;
    }
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prefect.redb");
    for content in ["not a database".repeat(1000), "short".to_owned()] {
        fs::write(&file, &content).expect("a file");
        let error = open(folder.path());
        assert!(
            matches!(&error, OpenError::OpenDatabase { .. }),
            "{error:?}"
        );
        assert!(
            error.to_string().contains(file.to_str().expect("a path")),
            "{error}"
        );
        assert!(error.source().is_some() && error.help().contains("move"));
        assert_eq!(fs::read_to_string(&file).expect("the file"), content);
    }
}

#[test]
fn a_kill_while_the_database_is_made_is_no_hindrance() {
    for (name, content) in [
        ("prefect.redb", ""),
        ("prefect.redb.new", ""),
        ("prefect.redb.new", "half of a header"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(name), content).expect("a file");
        drop(Embedded::open(folder.path()).expect("a database"));
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        let expected = [".gitignore", "prefect.redb"];
        assert_eq!(names, expected, "after a kill that left {name}");
    }
}

#[test]
fn a_damaged_database_is_left_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(Embedded::open(folder.path()).expect("a database"));
    let file = folder.path().join("prefect.redb");
    let mut content = fs::read(&file).expect("the file");
    content.truncate(content.len() / 2);
    for byte in content.iter_mut().skip(16).take(300) {
        *byte = !*byte;
    }
    fs::write(&file, &content).expect("a damaged file");
    let error = open(folder.path());
    assert!(
        matches!(&error, OpenError::OpenDatabase { .. }),
        "{error:?}"
    );
    assert_eq!(fs::read(&file).expect("the file"), content);
}

#[test]
fn other_versions_are_named_and_left_as_they_are() {
    for version in [0_u64, 3, 999] {
        let folder = tempfile::tempdir().expect("a folder");
        drop(Embedded::open(folder.path()).expect("a database"));
        let file = folder.path().join("prefect.redb");
        let database = Database::open(&file).expect("the database");
        let transaction = database.begin_write().expect("a transaction");
        let key = b"version".as_slice();
        transaction
            .open_table(META)
            .expect("the table")
            .insert(key, version.to_be_bytes().as_slice())
            .expect("a version");
        transaction.commit().expect("a commit");
        drop(database);
        let before = fs::read(&file).expect("the file");
        let error = open(folder.path());
        let OpenError::OtherVersion {
            found, needed: 2, ..
        } = &error
        else {
            panic!("{error:?}")
        };
        assert_eq!(*found, version);
        assert!(error.to_string().contains(file.to_str().expect("a path")));
        assert_eq!(error.help().contains("newer"), version > 2);
        assert_eq!(fs::read(&file).expect("the file"), before);
    }
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = Database::create(folder.path().join("prefect.redb")).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    transaction
        .open_table(TableDefinition::<u64, u64>::new("theirs"))
        .expect("a table");
    transaction.commit().expect("a commit");
    drop(database);
    assert!(matches!(
        open(folder.path()),
        OpenError::OtherVersion { found: 0, .. }
    ));
}

#[test]
fn a_database_is_open_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let held = Embedded::open(folder.path()).expect("a database");
    let error = open(folder.path());
    assert!(matches!(&error, OpenError::InUse { .. }), "{error:?}");
    drop(held);
    Embedded::open(folder.path()).expect("the database");
}

/// Root may write everywhere, so the obstacle is a file where the folder should be.
#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let obstacle = folder.path().join("file");
    fs::write(&obstacle, "").expect("a file");
    let wanted = obstacle.join(".longshore");
    let error = open(&wanted);
    assert!(
        matches!(&error, OpenError::CreateFolder { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains(wanted.to_str().expect("a path")));
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("prefect.redb");
    fs::create_dir(&file).expect("a folder in the way");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o500)).expect("permissions");
    let error = open(folder.path());
    assert!(
        matches!(&error, OpenError::OpenDatabase { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains(file.to_str().expect("a path")));
}

/// Version 1 had no index of the runs that have not ended.
#[tokio::test]
async fn a_database_of_the_former_version_is_brought_up_to_date() {
    let fixture = embedded().await;
    let write = fixture.api.write().await;
    let written = fixture.api.client.write_deployment(&write).await;
    let deployment = written.expect("a deployment").deployment.id;
    let run = FlowRunWrite::new("key");
    let made = fixture.api.client.create_flow_run(deployment, &run).await;
    let made = made.expect("a run");
    fixture.server.shutdown().await;
    let file = fixture.folder.path().join("prefect.redb");
    let database = Database::open(&file).expect("the database");
    let transaction = database.begin_write().expect("a transaction");
    let unfinished = TableDefinition::<'_, &[u8], &[u8]>::new("unfinished_flow_runs");
    assert!(transaction.delete_table(unfinished).expect("a deletion"));
    transaction
        .open_table(META)
        .expect("the table")
        .insert(b"version".as_slice(), 1_u64.to_be_bytes().as_slice())
        .expect("a version");
    transaction.commit().expect("a commit");
    drop(database);
    for _ in 0..2 {
        let server = Embedded::open(fixture.folder.path())
            .expect("the database")
            .serve()
            .await
            .expect("a server");
        let api = Api::new(server.api_url(), Some(server.auth_string().to_owned()));
        let waiting = api.client.waiting_runs(&[deployment]).await;
        assert_eq!(waiting.expect("runs"), std::slice::from_ref(&made));
        server.shutdown().await;
    }
}
