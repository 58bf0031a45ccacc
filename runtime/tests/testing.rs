//! Flows in memory, as a user's own tests run them.

use std::error::Error;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use longshore::testing::{self, Seen, Setup};
use longshore::{artifact, flow, task};
use serde_json::json;

type BoxError = Box<dyn Error + Send + Sync>;

#[flow(run_name = "of {region}")]
async fn report(region: String, days: u32) -> Result<u32, BoxError> {
    tracing::info!(days, "begins");
    let (first, second) = (load(days).start(), load(days + 1));
    let ids = [first.id(), second.id()];
    let sum = first.await + second.await;
    let total = double(sum).after(ids).await;
    let rate: Option<u32> = longshore::variable("rate").await?;
    let token = longshore::secret("TOKEN")?;
    tracing::warn!("token {}", token.expose());
    let bar = artifact::progress(0.0).key("bar").create().await?;
    bar.update(artifact::progress(50.0)).await?;
    let run = longshore::run().ok_or("a run")?;
    assert_eq!((run.name(), run.attempt()), ("of north", 1));
    Ok(child(total)? * rate.unwrap_or(1) + region.len() as u32)
}

#[task(tags = ["input", "input"])]
async fn load(days: u32) -> u32 {
    tracing::info!("of {days}");
    days
}

#[task]
fn double(number: u32) -> u32 {
    tracing::info!("doubles {number}");
    number * 2
}

#[flow]
fn child(number: u32) -> Result<u32, BoxError> {
    Ok(double(number).wait())
}

#[flow]
async fn countdown(left: u32) {
    if left > 0 {
        Box::pin(countdown(left - 1)).await;
    }
}

static FAILURES: AtomicU32 = AtomicU32::new(2);

#[flow(retries = 2, retry_delay = ["1h", "2h"])]
async fn flaky() -> Result<(), BoxError> {
    if FAILURES.load(Ordering::SeqCst) == 0 {
        return Ok(());
    }
    FAILURES.fetch_sub(1, Ordering::SeqCst);
    Err("too early".into())
}

#[flow(timeout = "1m")]
async fn endless() -> Result<(), BoxError> {
    std::future::pending().await
}

/// What a run takes is the form on the server, not a call that somebody has to read.
#[deny(clippy::too_many_arguments)]
mod wide {
    use longshore::{flow, task};

    type Sum = Result<u8, std::io::Error>;

    #[flow]
    pub(super) async fn sum(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Sum {
        Ok(add(a, b, c, d, e, f, g, h).await + add_here(a, b, c, d, e, f, g, h)?)
    }

    #[task]
    async fn add(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
        a + b + c + d + e + f + g + h
    }

    #[flow]
    #[expect(clippy::too_many_arguments, reason = "what the user says goes")]
    fn add_here(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> Sum {
        Ok(a + b + c + d + e + f + g + h)
    }
}

fn names<T>(seen: &Seen<T>) -> Vec<(&str, Vec<&str>)> {
    let runs = seen.runs.iter();
    runs.map(|run| (run.name.as_str(), run.state_names()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_a_run_is_seen() {
    let seen = Setup::new()
        .variable("rate", 10)
        .secret("TOKEN", "hunter2")
        .run(async { report("north".to_owned(), 1).await })
        .await;
    assert_eq!(seen.output.as_ref().expect("a number"), &125);
    let once = vec!["Running", "Completed"];
    assert_eq!(
        names(&seen),
        [("of north", once.clone()), ("child", once.clone())]
    );
    let [report, child] = seen.runs.as_slice() else {
        panic!("two runs, not {seen:?}");
    };
    assert_eq!(
        json!(report.parameters),
        json!({"region": "north", "days": 1})
    );
    assert_eq!((report.parent, child.parent), (None, Some(report.id)));
    let mut tasks = report.tasks.clone();
    tasks.sort_by(|left, right| left.name.cmp(&right.name));
    let told: Vec<_> = tasks
        .iter()
        .map(|task| (task.name.as_str(), task.state_names()))
        .collect();
    assert_eq!(
        told,
        [
            ("double-0", once.clone()),
            ("load-0", once.clone()),
            ("load-1", once)
        ]
    );
    assert_eq!(tasks[0].after, [tasks[1].id, tasks[2].id]);
    assert_eq!(tasks[1].tags, ["input"]);
    let has = |message: &str, task| {
        let mut logs = report.logs.iter();
        logs.any(|log| log.message == message && log.task == task)
    };
    assert!(has("begins days=1", None), "{report:?}");
    assert!(has("of 1", Some(tasks[1].id)), "{report:?}");
    assert!(has("doubles 3", Some(tasks[0].id)), "{report:?}");
    assert!(has("token ********", None), "{report:?}");
    assert_eq!(child.logs[0].message, "doubles 6");
    let artifact = &report.artifacts[0];
    assert_eq!(
        (artifact.key.as_deref(), &artifact.data),
        (Some("bar"), &json!(50.0))
    );
}

#[tokio::test(start_paused = true)]
async fn retries_and_time_limits_pass_in_no_time() {
    let begun = tokio::time::Instant::now();
    let seen = testing::run(flaky()).await;
    assert!(seen.output.is_ok());
    let retried = [
        "Running",
        "AwaitingRetry",
        "Running",
        "AwaitingRetry",
        "Running",
        "Completed",
    ];
    assert_eq!(names(&seen), [("flaky", retried.to_vec())]);
    assert_eq!(seen.runs[0].states[1].message.as_deref(), Some("too early"));
    assert!(begun.elapsed() >= Duration::from_secs(3 * 3600));
    let seen = testing::run(endless()).await;
    let error = seen.output.as_ref().expect_err("a time limit").to_string();
    assert_eq!(error, "the flow `endless` exceeded its time limit of 60s");
    assert_eq!(names(&seen), [("endless", vec!["Running", "TimedOut"])]);
}

#[tokio::test]
async fn a_flow_may_call_itself() {
    let seen = testing::run(countdown(2)).await;
    let lefts = seen.runs.iter().map(|run| &run.parameters["left"]);
    assert_eq!(lefts.collect::<Vec<_>>(), [&json!(2), &json!(1), &json!(0)]);
    assert_eq!(seen.runs[2].parent, Some(seen.runs[1].id));
}

#[tokio::test]
async fn a_flow_that_is_dropped_is_cancelled() {
    let limit = Duration::from_millis(20);
    let seen = testing::run(tokio::time::timeout(limit, endless())).await;
    assert!(seen.output.is_err());
    assert_eq!(names(&seen), [("endless", vec!["Running", "Cancelled"])]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_takes_as_many_parameters_as_it_needs() {
    let seen = testing::run(wide::sum(1, 2, 3, 4, 5, 6, 7, 8)).await;
    assert_eq!(seen.output.expect("a number"), 72);
    assert_eq!(seen.runs[0].parameters.len(), 8);
}

#[test]
fn without_it_a_flow_is_a_function() {
    assert_eq!(child(2).expect("a number"), 4);
    assert!(longshore::run().is_none());
}
