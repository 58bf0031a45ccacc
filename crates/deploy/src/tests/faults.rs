//! Applies on bad days: what they come to, what the user reads, and that the next one finishes.

#[cfg(feature = "rig")]
mod real;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use longshore::record::{DeploymentRecord, FlowRecord};
use longshore_embedded::{Embedded, Server};
use longshore_prefect::{Client, ClientOptions, DeploymentFilter, RetryPolicy};
use longshore_spec::DeploymentName;
use tempfile::TempDir;
use tokio::time::Instant;
use uuid::Uuid;

use super::recorder::{Fault, Recorder};
use super::sample::{PACKAGE, artifact, config_of, cron, deployment, flow, interval};
use crate::apply::{Applied, Outcome, apply};
use crate::config::Config;
use crate::desired::Desired;
use crate::error::explained;
use crate::observe::observe;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::plan_text;
use crate::report::progress::Progress;
use crate::target::embedded_options;

/// For requests that are meant to fail.
const IMPATIENT: RetryPolicy = RetryPolicy {
    tries: 2,
    budget: Duration::from_secs(60),
    first_delay: Duration::from_millis(1),
    longest_delay: Duration::from_millis(1),
};

type Records = Vec<&'static DeploymentRecord>;

fn flow_of(name: &str) -> &'static FlowRecord {
    flow(name.to_owned().leak(), "finance-daily", 1)
}

fn leak(record: DeploymentRecord) -> &'static DeploymentRecord {
    Box::leak(Box::new(record))
}

/// Two flows of two deployments each; the first has two schedules.
fn records(name: &str) -> Records {
    let (daily, weekly) = (
        flow_of(&format!("{name} daily")),
        flow_of(&format!("{name} weekly")),
    );
    let mut first = deployment(daily, "eu");
    first.schedules = Vec::leak(vec![cron("main", "0 6 * * *"), interval("often", "1h")]);
    let others = [
        deployment(daily, "us"),
        deployment(weekly, "eu"),
        deployment(weekly, "us"),
    ];
    let others = others.into_iter().map(|mut record| {
        record.schedules = Vec::leak(vec![cron("main", "0 7 * * *")]);
        leak(record)
    });
    [leak(first)].into_iter().chain(others).collect()
}

/// A server, and what is wanted of it.
struct Case {
    /// Without a proxy.
    options: ClientOptions,
    config: Config,
    records: Records,
}

impl Case {
    fn new(options: &ClientOptions, records: Records) -> Self {
        let config =
            "[workspace]\nname = \"acme\"\n[defaults]\npool = \"faults\"\nqueue = \"default\"\n";
        Self {
            options: options.clone(),
            config: config_of(config),
            records,
        }
    }

    /// A client without a proxy.
    fn client(&self) -> Client {
        Client::new(self.options.clone()).unwrap()
    }

    fn through(&self, recorder: &Recorder, adjust: impl FnOnce(&mut ClientOptions)) -> Client {
        let mut options = self.options.clone();
        options.api_url.clone_from(&recorder.api_url);
        adjust(&mut options);
        Client::new(options).unwrap()
    }

    async fn plan(&self, client: &Client) -> Plan {
        let desired: Vec<Desired> = self
            .records
            .iter()
            .map(|record| {
                Desired::new(record, &PACKAGE, &self.config, Some(&artifact('a'))).unwrap()
            })
            .collect();
        let owner = self.config.owner_tag();
        let observed = observe(client, &desired, &owner).await.unwrap();
        let options = PlanOptions {
            missing_pools: MissingPools::Create,
            ..PlanOptions::default()
        };
        plan(
            desired,
            &observed,
            ArtifactPlans::default(),
            &self.config,
            &options,
        )
        .unwrap()
    }

    async fn apply(&self, client: &Client) -> Applied {
        let plan = self.plan(client).await;
        execute(client, plan).await
    }

    /// As [`Case::apply`] with a client that gives up early, which the plan is not to suffer from.
    async fn apply_impatiently(&self, client: &Client) -> Applied {
        let plan = self.plan(&self.client()).await;
        execute(client, plan).await
    }

    /// Applies without a fault; all must be well then, and nothing doubled.
    async fn finish(&self) {
        let client = self.client();
        assert_complete(&self.apply(&client).await);
        self.assert_whole().await;
    }

    async fn assert_whole(&self) {
        let client = self.client();
        let plan = self.plan(&client).await;
        assert!(plan.is_empty(), "{}", plan_text::plan(&plan));
        let flows: BTreeSet<&str> = self
            .records
            .iter()
            .map(|record| record.flow.name.as_str())
            .collect();
        let filter = DeploymentFilter {
            flow_names: Some(flows.into_iter().map(str::to_owned).collect()),
            ..DeploymentFilter::default()
        };
        let stored = client.deployments(&filter).await.unwrap();
        assert_eq!(stored.len(), self.records.len(), "nothing doubled");
        let schedules: usize = stored.iter().map(|stored| stored.schedules.len()).sum();
        let declared: usize = self
            .records
            .iter()
            .map(|record| record.schedules.len())
            .sum();
        assert_eq!(schedules, declared, "no schedule doubled");
    }
}

async fn execute(client: &Client, plan: Plan) -> Applied {
    apply(client, plan, Vec::new(), Progress::for_stderr()).await
}

#[track_caller]
fn assert_complete(applied: &Applied) {
    assert!(applied.is_complete(), "{}", text(applied));
}

/// All that the user reads about what failed.
fn text(applied: &Applied) -> String {
    let shared = applied.errors.iter().map(|error| explained(error));
    let failed = applied
        .outcomes
        .iter()
        .filter_map(|(_, outcome)| match outcome {
            Outcome::Failed(error) => Some(explained(error)),
            _ => None,
        });
    shared.chain(failed).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_says(applied: &Applied, parts: &[&str]) {
    assert!(!applied.is_complete());
    let text = text(applied);
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in {text}");
    }
}

/// 503 on every third write, after which the server closes the connection without a word.
async fn check_refused_writes(case: &Case) {
    let recorder = Recorder::with_faults(&case.options.api_url, |asked| {
        if asked.write > 0 && asked.write.is_multiple_of(3) {
            Fault::Refuse(503)
        } else {
            Fault::None
        }
    })
    .await;
    let client = case.through(&recorder, |_| ());
    assert_complete(&case.apply(&client).await);
    assert!(client.pushbacks() >= 2, "{}", client.pushbacks());
    case.assert_whole().await;

    let full = Recorder::with_faults(&case.options.api_url, |asked| {
        if asked.path == "/deployments/" {
            Fault::Refuse(503)
        } else {
            Fault::None
        }
    })
    .await;
    let refused = Case::new(&case.options, records("full"));
    let client = refused.through(&full, |options| options.retry = IMPATIENT);
    assert_says(
        &refused.apply_impatiently(&client).await,
        &[
            "error: deployment `full daily/eu`\n  caused by: could not write deployment `eu`: POST http://127.0.0.1:",
            "/api/deployments/ answered 503: Service Unavailable (2 attempts in ",
            "help: the server is overloaded or starting; its log says why",
        ],
    );
    refused.finish().await;
}

/// The first answer to every write gets lost, though the server has acted.
async fn check_lost_answers(case: &mut Case, flow: &'static FlowRecord) {
    let seen = Mutex::new(BTreeSet::new());
    let recorder = Recorder::with_faults(&case.options.api_url, move |asked| {
        let write = format!("{} {} {}", asked.method, asked.path, asked.body);
        if asked.write > 0 && seen.lock().unwrap().insert(write) {
            Fault::DropAnswer
        } else {
            Fault::None
        }
    })
    .await;
    let client = case.through(&recorder, |_| ());
    assert_complete(&case.apply(&client).await);
    case.assert_whole().await;
    // A schedule is changed, one is removed and one is added; a field is changed.
    let mut changed = deployment(flow, "eu");
    changed.schedules = Vec::leak(vec![cron("main", "30 6 * * *"), cron("new", "0 9 * * *")]);
    case.records[0] = leak(changed);
    let mut described = deployment(case.records[1].flow, "us");
    described.schedules = case.records[1].schedules;
    described.description = Some("Other.");
    case.records[1] = leak(described);
    recorder.writes();
    assert_complete(&case.apply(&client).await);
    assert_eq!(recorder.writes().len(), 4, "one each");
    case.assert_whole().await;
}

/// An answer that comes too late, and a server that gives none at all.
async fn check_stalls(case: &Case) {
    let recorder = Recorder::with_faults(&case.options.api_url, |asked| {
        if asked.write == 2 {
            Fault::Stall(Duration::from_secs(60))
        } else {
            Fault::None
        }
    })
    .await;
    let client = case.through(&recorder, |options| {
        options.timeout = Some(Duration::from_secs(3));
    });
    let start = Instant::now();
    assert_complete(&case.apply_impatiently(&client).await);
    assert!(
        start.elapsed() < Duration::from_secs(50),
        "{:?}",
        start.elapsed()
    );
    case.assert_whole().await;

    let silent = Recorder::with_faults(&case.options.api_url, |asked| {
        if asked.path == "/deployments/" {
            Fault::Stall(Duration::from_secs(60))
        } else {
            Fault::None
        }
    })
    .await;
    let stalled = Case::new(&case.options, records("silent")[..1].to_vec());
    let client = stalled.through(&silent, |options| {
        options.timeout = Some(Duration::from_secs(2));
        options.retry = IMPATIENT;
    });
    let applied = stalled.apply_impatiently(&client).await;
    assert_says(
        &applied,
        &[
            "error: deployment `silent daily/eu`\n  caused by: could not write deployment `eu`: POST http://127.0.0.1:",
            "/api/deployments/ got no answer in time (2 attempts in 4.",
            "help: the server may be overloaded",
            "run the command again",
        ],
    );
    stalled.finish().await;
}

/// The server goes at each write in turn, before or after it has acted.
async fn check_gone_at_every_write(options: &ClientOptions) {
    let mut gone = 0;
    for fault in [Fault::GoneBefore, Fault::GoneAfter] {
        for last in 1.. {
            let case = Case::new(options, records(&format!("{fault:?} {last}")));
            let at = fault.clone();
            let recorder = Recorder::with_faults(&options.api_url, move |asked| {
                if asked.write == last {
                    at.clone()
                } else {
                    Fault::None
                }
            })
            .await;
            let client = case.through(&recorder, |options| options.retry = IMPATIENT);
            let applied = case.apply_impatiently(&client).await;
            if applied.is_complete() {
                break;
            }
            gone += 1;
            assert_says(
                &applied,
                &[
                    "could not be sent: no connection",
                    "help: check PREFECT_API_URL, and that the server is running",
                ],
            );
            case.finish().await;
        }
    }
    // Two flows and four deployments, each twice.
    assert_eq!(gone, 12);
}

/// Something else answers in the server's place, or from some point on.
async fn check_pages(case: &Case) {
    let page = || Fault::Answer(200, "text/html", "<html>Sign in</html>".to_owned());
    let recorder = Recorder::with_faults(&case.options.api_url, move |asked| {
        if asked.write > 2 { page() } else { Fault::None }
    })
    .await;
    let client = case.through(&recorder, |_| ());
    let applied = case.apply(&client).await;
    assert_says(
        &applied,
        &[
            "answered 200 with text/html instead of JSON",
            "help: something other than Prefect's API answers there; check PREFECT_API_URL and any proxy",
        ],
    );
    case.finish().await;
}

/// Two machines with the same declarations, whose plans are both made before either writes.
async fn check_two_at_once(case: &Case) {
    let clients = [case.client(), case.client()];
    let plans = [case.plan(&clients[0]).await, case.plan(&clients[1]).await];
    let [first, second] = plans;
    let (first, second) = tokio::join!(execute(&clients[0], first), execute(&clients[1], second));
    for applied in [first, second] {
        // On SQLite one may be refused until its patience ends; it then says what to do.
        if !applied.is_complete() {
            assert_says(&applied, &["help: the server is overloaded"]);
        }
    }
    case.finish().await;
}

const NAMES: [&str; 8] = [
    "with space",
    "ærlig ø",
    "日本語",
    "🚢 ship",
    "a?b#c:d+e.f",
    "back\\slash",
    "quote\"s and 'such'",
    "{braces} [brackets] ~^`|",
];

async fn check_names(options: &ClientOptions) {
    let records = NAMES.map(|name| leak(deployment(flow_of(name), name)));
    let case = Case::new(options, records.to_vec());
    case.finish().await;
    let client = case.client();
    for name in NAMES {
        let stored = client.deployment_by_name(name, name).await.unwrap();
        assert_eq!(stored.unwrap().name, name);
    }
}

/// So many deployments, ten of each flow.
fn many(name: &str, count: usize) -> Records {
    let mut records = Vec::new();
    while records.len() < count {
        let flow = flow_of(&format!("{name} {:03}", records.len()));
        for number in 0..10 {
            let mut record = deployment(flow, format!("d{number}").leak());
            record.schedules = Vec::leak(vec![cron("main", "0 6 * * *")]);
            records.push(leak(record));
        }
    }
    records
}

/// The time of an apply of so many deployments, in the plan's order, after which nothing is left to do.
async fn check_many(case: &Case, client: &Client) -> Duration {
    let plan = case.plan(client).await;
    let planned: Vec<String> = plan
        .deployments
        .iter()
        .map(|plan| plan.desired.key.to_string())
        .collect();
    let start = Instant::now();
    let applied = execute(client, plan).await;
    let elapsed = start.elapsed();
    assert_complete(&applied);
    let told = applied
        .outcomes
        .iter()
        .map(|(plan, _)| plan.desired.key.to_string());
    assert_eq!(told.collect::<Vec<_>>(), planned);
    case.assert_whole().await;
    elapsed
}

/// What a program without a controller would do: one write after the other.
async fn write_one_by_one(client: &Client, plan: &Plan) -> Duration {
    let start = Instant::now();
    let mut flow: Option<(&str, Uuid)> = None;
    for deployment in &plan.deployments {
        let name = deployment.desired.key.flow.as_str();
        let id = match flow {
            Some((known, id)) if known == name => id,
            _ => client.upsert_flow(name, &[]).await.unwrap().id,
        };
        flow = Some((name, id));
        client
            .write_deployment(&deployment.desired.write(id))
            .await
            .unwrap();
    }
    start.elapsed()
}

/// The time of an apply, as a part of that of the same number of writes one by one.
async fn ratio(what: &str, options: &ClientOptions, recorder: &Recorder, count: usize) -> f64 {
    let one_by_one = Case::new(options, many(&format!("{what} one"), count));
    let client = one_by_one.through(recorder, |_| ());
    let plan = one_by_one.plan(&client).await;
    let sequential = write_one_by_one(&client, &plan).await;
    let case = Case::new(options, many(what, count));
    let client = case.through(recorder, |_| ());
    recorder.most_at_once();
    let elapsed = check_many(&case, &client).await;
    let ratio = elapsed.as_secs_f64() / sequential.as_secs_f64();
    println!(
        "{what}: {count} deployments in {elapsed:.1?}, one by one {sequential:.1?}, ratio {ratio:.2}, {} tries pushed back",
        client.pushbacks(),
    );
    ratio
}

/// Several writers are quicker than one where the way is long.
async fn check_far_away(options: &ClientOptions) {
    let far = Recorder::far_away(&options.api_url, Duration::from_millis(100)).await;
    let mut ratios = Vec::new();
    // A busy machine spoils a measurement now and then, but not three.
    for run in ["far a", "far b", "far c"] {
        ratios.push(ratio(run, options, &far, 50).await);
        assert!(far.most_at_once() > 1, "no trial");
        if ratios.last().is_some_and(|ratio| *ratio < 0.85) {
            return;
        }
    }
    panic!("several writers are not quicker than one: {ratios:?}");
}

struct Scratch {
    server: Server,
    options: ClientOptions,
    _folder: TempDir,
}

impl Scratch {
    async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let server = Embedded::open(folder.path())
            .unwrap()
            .serve()
            .await
            .unwrap();
        Self {
            options: embedded_options(&server),
            server,
            _folder: folder,
        }
    }
}

#[tokio::test]
async fn the_embedded_server_is_written_through_faults() {
    let scratch = Scratch::start().await;
    let case = |name: &str| Case::new(&scratch.options, records(name));
    check_refused_writes(&case("refused")).await;
    let mut lost = case("lost");
    let flow = lost.records[0].flow;
    check_lost_answers(&mut lost, flow).await;
    check_stalls(&case("stalled")).await;
    check_pages(&case("page")).await;
    check_two_at_once(&case("two")).await;
    check_names(&scratch.options).await;
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn a_server_that_goes_at_any_write_is_written_whole_by_the_next_apply() {
    let scratch = Scratch::start().await;
    // The pool.
    Case::new(&scratch.options, records("first")).finish().await;
    check_gone_at_every_write(&scratch.options).await;
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn a_server_far_away_gets_several_writes_at_once() {
    let scratch = Scratch::start().await;
    Case::new(&scratch.options, records("first")).finish().await;
    check_far_away(&scratch.options).await;
    scratch.server.shutdown().await;
}

#[tokio::test]
async fn five_hundred_deployments_are_written_in_one_apply() {
    let scratch = Scratch::start().await;
    let case = Case::new(&scratch.options, many("many", 500));
    check_many(&case, &case.client()).await;
    scratch.server.shutdown().await;
}

#[test]
fn names_that_prefect_cannot_store_are_refused_before_anything_else() {
    for character in ['/', '%', '&', '<', '>'] {
        let name = format!("a{character}b");
        let error = name.parse::<DeploymentName>().expect_err(&name);
        assert!(error.to_string().contains(character), "{error}");
    }
    for name in ["", "a\nb", "a\tb", "\u{7f}"] {
        name.parse::<DeploymentName>().expect_err(name);
    }
}
