//! The page of a flow run in Prefect's user interface.

use std::path::Path;

use longshore_rig::{PrefectServer, Worker, read_run};

use super::super::observer::Observer;

pub(super) const FLOWS: &str = r#"
use std::time::Duration;

use longshore::{deployment, flow, task};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Sums up the sales of three regions.
#[flow(run_name = "sales-of-{how}")]
#[deployment(name = "monthly")]
async fn sales_report(how: String, folder: String) -> Result<(), BoxError> {
    tracing::info!("reading the sales of {how}");
    let [north, south, west] = [("north", 900), ("south", 1300), ("west", 1100)]
        .map(|(region, time)| load(region.to_owned(), time).start());
    let report = merge().after([&north, &south, &west]);
    let rows = north.await + south.await + west.await;
    tracing::info!(rows, "all regions are there");
    let id = report.id();
    report.await;
    let (page, mail) = (publish().after([id]), send().after([id]));
    tokio::join!(page, mail);
    tracing::debug!("nothing is left in {folder}");
    Ok(())
}

#[task]
async fn load(region: String, time: u64) -> u64 {
    tokio::time::sleep(Duration::from_millis(time)).await;
    tracing::info!("{region}: {} rows", time * 7);
    time * 7
}

#[task]
async fn merge() {
    tokio::time::sleep(Duration::from_millis(800)).await;
}

#[task]
async fn publish() {
    tokio::time::sleep(Duration::from_millis(700)).await;
    tracing::info!("the report is published");
}

#[task]
async fn send() {
    tokio::time::sleep(Duration::from_millis(500)).await;
    tracing::info!("the mail is on its way");
}
"#;

/// The page shows every task as a node of the graph, and the lines of the log in their order.
pub(super) fn check(observer: &Observer, server: &PrefectServer, folder: &Path, worker: &Worker) {
    let id = observer.start_run(observer.deployment("monthly"), "october", folder);
    observer.states(id, worker);
    observer.task_runs(id, 6);
    let base = server.api_url();
    let url = format!("{}/v2/runs/flow-run/{id}", base.trim_end_matches("/api"));
    let screenshot = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run.png");
    let page = read_run(&url, &screenshot).expect("the page");
    assert_eq!(page.errors, Vec::<String>::new());
    assert_eq!(
        page.nodes,
        [
            "load-0",
            "load-1",
            "load-2",
            "merge-0",
            "publish-0",
            "send-0"
        ]
    );
    let lines = [
        "reading the sales of october",
        "north: 6300 rows",
        "west: 7700 rows",
        "south: 9100 rows",
        "all regions are there rows=23100",
        "the mail is on its way",
        "the report is published",
    ];
    let mut shown = page.logs.iter();
    for line in lines {
        assert!(
            shown.any(|shown| shown == line),
            "`{line}` in {:?}",
            page.logs
        );
    }
}
