use chrono::TimeDelta;
use redb::Database;
use serde_json::json;

use super::*;
use crate::api::flow_runs::create::bare;
use crate::model::{StateType, now};
use crate::store::{counter, initialise};

/// A store with runs of which each is due a minute after the one before; their ids are in no order.
async fn store(folder: &std::path::Path, runs: i32) -> (Store, DateTime<Utc>) {
    let file = folder.join("database");
    let database = Database::create(&file).expect("a database");
    initialise(&database).expect("a version");
    let (store, now) = (Store::new(database, file, None).0, now());
    let write = store.write(move |tx| {
        for number in 0..runs {
            let mut run = bare(Uuid::new_v4(), Uuid::nil(), Some(number.to_string()), now);
            run.state.kind = StateType::Scheduled;
            run.next_scheduled_start_time = Some(now + TimeDelta::minutes(number.into()));
            tx.put(&run)?;
            let key = run.unfinished_key().expect("a key");
            tx.insert(UNFINISHED_RUNS, &key, run.id.as_bytes())?;
        }
        Ok(())
    });
    write.await.expect("runs");
    (store, now)
}

#[tokio::test]
async fn a_page_of_the_next_runs_reads_no_later_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, now) = store(folder.path(), 1000).await;
    let from = now + TimeDelta::minutes(300);
    let filter = json!({
        "state": { "type": { "any_": ["SCHEDULED"] } },
        "next_scheduled_start_time": { "after_": from },
    });
    let filter: FlowRunFilter = serde_json::from_value(filter).expect("a filter");
    let page = Page::new(Some(10), Some(5)).expect("a page");
    let sort = FlowRunSort::NextScheduledStartTimeAsc;
    let read = store.read(move |tx| Ok(counter::rows(|| page_of(tx, &filter, sort, page))));
    let (runs, rows) = read.await.expect("an answer");
    let names: Vec<String> = runs
        .expect("runs")
        .into_iter()
        .map(|run| run.name)
        .collect();
    let expected: Vec<String> = (305..315).map(|number| number.to_string()).collect();
    assert_eq!((names, rows), (expected, 15));
}
