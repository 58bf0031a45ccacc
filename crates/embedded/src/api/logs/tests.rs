use std::path::Path;

use redb::Database;

use super::*;
use crate::store::{counter, initialise};

const RECORDS: usize = 5000;

fn time(record: usize) -> DateTime<Utc> {
    // Two records of each time.
    let seconds = i64::try_from(record / 2).expect("a small number");
    DateTime::from_timestamp(seconds, 0).expect("a time")
}

async fn store(folder: &Path, runs: &[Uuid]) -> Store {
    let file = folder.join("database");
    let database = Database::create(&file).expect("a database");
    initialise(&database).expect("a version");
    let store = Store::new(database, file, None).0;
    for run in runs {
        let logs: Vec<Value> = (0..RECORDS)
            .map(|record| {
                json!({
                    "name": "test", "level": 10 * (1 + record % 4), "message": record.to_string(),
                    "timestamp": time(record), "flow_run_id": run,
                })
            })
            .collect();
        let body = Bytes::from(json!(logs).to_string());
        let created = create(State(store.clone()), body).await;
        assert!(created.is_ok());
    }
    store
}

/// Returns the messages of a page, and how many rows were read for it.
async fn page(store: &Store, filter: Value, sort: LogSort, offset: i64) -> (Vec<String>, usize) {
    let filter: LogFilter = serde_json::from_value(filter).expect("a filter");
    let page = Page::new(Some(200), Some(offset)).expect("a page");
    let read = store.read(move |tx| {
        let (logs, rows) = counter::rows(|| page_of(tx, &filter, sort, page));
        let message = |log: &Value| log["message"].as_str().unwrap_or_default().to_owned();
        Ok((logs?.iter().map(message).collect(), rows))
    });
    read.await.expect("a page")
}

fn messages(records: impl Iterator<Item = usize>) -> Vec<String> {
    records.map(|record| record.to_string()).collect()
}

#[tokio::test]
async fn a_page_after_a_time_reads_its_own_rows_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = [Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4()];
    let store = store(folder.path(), &runs).await;
    for first in [0, 1000, 4700] {
        let filter = json!({
            "flow_run_id": { "any_": [runs[1]] }, "timestamp": { "after_": time(first) },
        });
        let (found, rows) = page(&store, filter.clone(), LogSort::TimestampAsc, 0).await;
        assert_eq!((found, rows), (messages(first..first + 200), 200));
        let (found, rows) = page(&store, filter, LogSort::TimestampAsc, 1).await;
        assert_eq!((found, rows), (messages(first + 1..first + 201), 201));
    }
}

#[tokio::test]
async fn a_page_of_the_latest_records_reads_no_earlier_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = [Uuid::new_v4(), Uuid::new_v4()];
    let store = store(folder.path(), &runs).await;
    let filter = json!({
        "flow_run_id": { "any_": [runs[0]] }, "timestamp": { "before_": time(3001) },
    });
    let (found, rows) = page(&store, filter, LogSort::TimestampDesc, 0).await;
    assert_eq!((found, rows), (messages((2802..3002).rev()), 200));
}

#[tokio::test]
async fn a_page_of_a_level_ends_with_its_last_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = Uuid::new_v4();
    let store = store(folder.path(), &[run]).await;
    let filter = json!({ "flow_run_id": { "any_": [run] }, "level": { "ge_": 40 } });
    let (found, rows) = page(&store, filter, LogSort::TimestampAsc, 0).await;
    let errors = (0..RECORDS).filter(|record| record % 4 == 3).take(200);
    assert_eq!((found, rows), (messages(errors), 800));
}

#[tokio::test]
async fn records_of_several_runs_are_in_the_order_of_their_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let runs = [Uuid::new_v4(), Uuid::new_v4()];
    let store = store(folder.path(), &runs).await;
    let filter = json!({ "flow_run_id": { "any_": runs } });
    let (found, rows) = page(&store, filter, LogSort::TimestampAsc, 200).await;
    let pairs = (100..200)
        .step_by(2)
        .flat_map(|record| [record, record + 1, record, record + 1]);
    assert_eq!((found, rows), (messages(pairs), 800));
    // A time before the first record has no rows, and no error.
    let nothing = json!({
        "flow_run_id": { "any_": runs }, "timestamp": { "after_": time(RECORDS), "before_": time(0) },
    });
    assert_eq!(
        page(&store, nothing, LogSort::TimestampAsc, 0).await,
        (vec![], 0)
    );
}
