//! Lists with an entry that the server cannot return, as Prefect's with a whole number above 2^63-1 in a run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use longshore_prefect::{Client, ClientOptions, FlowRunFilter, FlowRunOrder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::script::{Reply, serve};

const RUNS: usize = 450;

fn id(at: usize) -> Uuid {
    Uuid::from_u128(at as u128 + 1)
}

/// A server with flow runs, some of which it cannot return.
fn server(broken: &'static [usize]) -> impl Fn(&str) -> Reply + Send + Sync + 'static {
    move |request| {
        let body = request.split_once("\r\n\r\n").expect("a body").1;
        let body: Value = serde_json::from_str(body).expect("JSON");
        let number = |key: &str| body[key].as_u64().unwrap_or_default() as usize;
        let (offset, limit) = (number("offset"), number("limit"));
        let end = RUNS.min(offset + limit);
        let range = offset.min(end)..end;
        if request.starts_with("POST /api/ui/flow_runs/history") {
            let ids = range.map(|at| json!({ "id": id(at), "state_type": "COMPLETED" }));
            return Reply::json(200, ids.collect::<Vec<_>>());
        }
        if broken.iter().any(|at| range.contains(at)) {
            return Reply::json(500, json!({ "exception_message": "Internal Server Error" }));
        }
        let runs =
            range.map(|at| json!({ "id": id(at), "name": format!("run-{at}"), "flow_id": id(0) }));
        Reply::json(200, runs.collect::<Vec<_>>())
    }
}

#[tokio::test]
async fn a_run_that_the_server_cannot_return_is_left_out_and_named() {
    static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let requests = AtomicUsize::new(0);
    let answer = server(&[7, 200, 449]);
    let url = serve(move |request| {
        assert!(
            requests.fetch_add(1, Ordering::Relaxed) < 200,
            "too many requests"
        );
        answer(request)
    })
    .await;
    let client = Client::new(ClientOptions {
        notice: |message| NOTICES.lock().expect("the list").push(message.to_owned()),
        ..ClientOptions::new(url)
    });
    let client = client.expect("a client");
    let filter = FlowRunFilter::default();
    for _ in 0..2 {
        let runs = client
            .flow_runs(&filter, FlowRunOrder::LatestFirst, 1000)
            .await
            .expect("the runs");
        assert_eq!(runs.len(), RUNS - 3);
        assert!(runs.iter().all(|run| run.id != id(7) && run.id != id(200)));
    }
    let notices = NOTICES.lock().expect("the list").clone();
    assert_eq!(notices.len(), 3, "each once: {notices:?}");
    for (notice, at) in notices.iter().zip([7, 200, 449]) {
        assert!(
            notice.starts_with(&format!("flow run {}", id(at))),
            "{notice}"
        );
        assert!(notice.contains("answered 500"), "{notice}");
    }
}

#[tokio::test]
async fn a_server_that_fails_on_everything_is_an_error() {
    static ALL: [usize; RUNS] = {
        let mut all = [0; RUNS];
        let mut at = 0;
        while at < RUNS {
            all[at] = at;
            at += 1;
        }
        all
    };
    let url = serve(server(&ALL)).await;
    let client = Client::new(ClientOptions::new(url)).expect("a client");
    let filter = FlowRunFilter::default();
    let runs = client.flow_runs(&filter, FlowRunOrder::LatestFirst, 1000);
    assert_eq!(runs.await.expect_err("a failure").status(), Some(500));
}
