//! Applies against real Prefect servers with their schedulers running.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use longshore::record::{
    CollisionStrategy, Concurrency, DeploymentRecord, FlowRecord, Literal, ParameterValues,
    ScheduleRecord,
};
use longshore_prefect::{Client, ClientOptions, Deployment, ScheduleUpdate, WireSchedule};
use longshore_rig::{Database, PrefectServer, Version};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::recorder::Recorder;
use super::sample::{PACKAGE, artifact, config, cron, days_7, deployment, flow, interval, rrule};
use crate::apply::{Applied, Outcome, apply};
use crate::desired::Desired;
use crate::error::{Failure, explained};
use crate::observe::observe;
use crate::plan::options::{MissingPools, PlanOptions};
use crate::plan::{ArtifactPlans, Plan, plan};
use crate::report::progress::Progress;

/// The scheduler looks every few seconds; a busy machine takes longer.
const SCHEDULER: Duration = Duration::from_secs(120);

const ONE_SCHEDULE: &str = "PATCH /deployments/*/schedules/*";

struct Bench {
    _server: PrefectServer,
    recorder: Recorder,
    /// Writes through the recorder.
    client: Client,
    /// An operator, past the recorder.
    operator: Client,
    /// Takes the place of the schema of the first deployment's parameters.
    schema: Option<Value>,
}

type Records = Vec<&'static DeploymentRecord>;

fn leak(record: DeploymentRecord) -> &'static DeploymentRecord {
    Box::leak(Box::new(record))
}

/// The deployment that the tests change.
fn eu(flow: &'static FlowRecord, schedules: Vec<ScheduleRecord>) -> DeploymentRecord {
    let mut eu = deployment(flow, "eu");
    eu.parameters = days_7();
    eu.schedules = Vec::leak(schedules);
    eu
}

/// One with a schedule of each kind, one that is declared off, and one without schedules.
fn records() -> Records {
    let daily = flow("daily", "finance-daily", 1);
    let schedules = vec![
        cron("main", "0 * * * *"),
        interval("often", "1h30m"),
        rrule("monthly", "FREQ=MONTHLY;BYDAY=-1FR"),
    ];
    let mut us = deployment(daily, "us");
    us.active = Some(false);
    us.schedules = Vec::leak(vec![cron("main", "0 7 * * *")]);
    let weekly = flow("weekly", "finance-daily", 20);
    vec![
        leak(eu(daily, schedules)),
        leak(us),
        leak(deployment(weekly, "all")),
    ]
}

impl Bench {
    async fn start(version: Version, database: Database) -> Self {
        // Starting blocks for some seconds; nothing else runs in these tests meanwhile.
        let server = PrefectServer::start_on(database, version, Vec::new()).unwrap();
        let operator = Client::new(ClientOptions::new(server.api_url())).unwrap();
        let recorder = Recorder::start(&server.api_url()).await;
        Self {
            client: Client::new(ClientOptions::new(recorder.api_url.clone())).unwrap(),
            _server: server,
            recorder,
            operator,
            schema: None,
        }
    }

    async fn plan(&self, records: &Records) -> Result<Plan, Failure> {
        let config = config();
        let mut desired: Vec<Desired> = records
            .iter()
            .map(|record| Desired::new(record, &PACKAGE, &config, Some(&artifact('a'))).unwrap())
            .collect();
        if let Some(schema) = &self.schema {
            desired[0].fields.parameter_openapi_schema = schema.clone();
        }
        let observed = observe(&self.client, &desired, &config.owner_tag())
            .await
            .unwrap();
        plan(
            desired,
            &observed,
            ArtifactPlans::default(),
            &config,
            &PlanOptions {
                missing_pools: MissingPools::Create,
                ..PlanOptions::default()
            },
        )
    }

    /// Applies; the writes that it took.
    async fn apply(&self, records: &Records) -> (Applied, Vec<String>) {
        let plan = self.plan(records).await.unwrap();
        self.recorder.writes();
        let applied = apply(&self.client, plan, Vec::new(), Progress::for_stderr()).await;
        for (deployment, outcome) in &applied.outcomes {
            if let Outcome::Failed(error) = outcome {
                panic!("{}: {}", deployment.desired.key, explained(error));
            }
        }
        (applied, self.recorder.writes())
    }

    /// Applies a change of the first deployment, after which nothing is left to do; the writes that it took.
    async fn change(&self, records: &mut Records, eu: DeploymentRecord) -> Vec<String> {
        records[0] = leak(eu);
        let (_, writes) = self.apply(records).await;
        let (again, none) = self.apply(records).await;
        assert_eq!(none, [] as [String; 0], "after {writes:?}");
        assert!(
            again
                .outcomes
                .iter()
                .all(|(_, outcome)| matches!(outcome, Outcome::Unchanged))
        );
        writes
    }

    async fn eu(&self) -> Deployment {
        let found = self.operator.deployment_by_name("daily", "eu").await;
        found.unwrap().unwrap()
    }

    /// The runs that the scheduler has made, once there are any.
    async fn runs(&self, of: Uuid) -> BTreeMap<Uuid, DateTime<Utc>> {
        let deadline = Instant::now() + SCHEDULER;
        loop {
            let runs = self.operator.scheduled_runs(&[of]).await.unwrap();
            if !runs.is_empty() {
                let times = runs
                    .into_iter()
                    .map(|run| (run.id, run.expected_start_time));
                return times.map(|(id, time)| (id, time.unwrap())).collect();
            }
            assert!(Instant::now() < deadline, "no runs within {SCHEDULER:?}");
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// The id and the activity of each schedule by the kind of its rule.
fn schedules(deployment: &Deployment) -> BTreeMap<&'static str, (Uuid, bool)> {
    deployment
        .schedules
        .iter()
        .map(|schedule| {
            let kind = match schedule.schedule {
                WireSchedule::Cron { .. } => "cron",
                WireSchedule::Interval { .. } => "interval",
                WireSchedule::Rrule { .. } => "rrule",
                WireSchedule::Other(_) => "other",
            };
            (kind, (schedule.id, schedule.active))
        })
        .collect()
}

async fn check_repetition(bench: &Bench, records: &Records) {
    let (first, writes) = bench.apply(records).await;
    assert!(
        first
            .outcomes
            .iter()
            .all(|(_, outcome)| matches!(outcome, Outcome::Created))
    );
    assert_eq!(writes[0], "POST /work_pools/");
    let created = writes.iter().filter(|write| *write == "POST /deployments/");
    assert_eq!(created.count(), 3, "{writes:?}");
    let before = bench.eu().await;
    let runs = bench.runs(before.id).await;
    let (second, writes) = bench.apply(records).await;
    assert_eq!(writes, [] as [String; 0]);
    assert!(
        second
            .outcomes
            .iter()
            .all(|(_, outcome)| matches!(outcome, Outcome::Unchanged))
    );
    assert_eq!(schedules(&bench.eu().await), schedules(&before));
    let after = bench.runs(before.id).await;
    assert!(
        runs.keys().all(|id| after.contains_key(id)),
        "{runs:?} -> {after:?}"
    );
    let us = bench.operator.deployment_by_name("daily", "us").await;
    assert!(us.unwrap().unwrap().paused, "as declared");
}

/// Changes of schedules; an operator has paused the deployment and switched the interval off.
async fn check_schedules(bench: &Bench, records: &mut Records, flow: &'static FlowRecord) {
    let before = bench.eu().await;
    let (often, _) = schedules(&before)["interval"];
    let off = ScheduleUpdate {
        active: Some(false),
        ..ScheduleUpdate::default()
    };
    bench
        .operator
        .update_schedule(before.id, often, &off)
        .await
        .unwrap();
    bench.operator.set_paused(before.id, true).await.unwrap();
    let (_, writes) = bench.apply(records).await;
    assert_eq!(writes, [] as [String; 0], "the operator's pause is kept");

    let often = || interval("often", "1h30m");
    let monthly = || rrule("monthly", "FREQ=MONTHLY;BYDAY=-1FR");
    let changed = vec![cron("main", "30 6 * * *"), often(), monthly()];
    let writes = bench.change(records, eu(flow, changed)).await;
    assert_eq!(writes, [ONE_SCHEDULE]);
    let after = bench.eu().await;
    let mut expected = schedules(&before);
    expected.get_mut("interval").unwrap().1 = false;
    assert_eq!(schedules(&after), expected, "ids and pauses stay");
    assert!(after.paused);

    let removed = vec![cron("main", "30 6 * * *"), often()];
    let writes = bench.change(records, eu(flow, removed)).await;
    assert_eq!(writes, ["DELETE /deployments/*/schedules/*"]);
    expected.remove("rrule");
    assert_eq!(schedules(&bench.eu().await), expected);

    let added = vec![
        cron("main", "30 6 * * *"),
        often(),
        rrule("daily", "FREQ=DAILY"),
    ];
    let writes = bench.change(records, eu(flow, added)).await;
    assert_eq!(writes, ["POST /deployments/*/schedules"]);
    let after = schedules(&bench.eu().await);
    assert!(after.contains_key("rrule"));
    assert_eq!(after["interval"], expected["interval"]);

    let removed = vec![cron("main", "30 6 * * *"), often()];
    bench.change(records, eu(flow, removed)).await;
    assert_eq!(schedules(&bench.eu().await), expected);
}

/// Changes of fields, and of the schema, which Prefect 2 takes in a whole write only.
async fn check_fields(
    bench: &mut Bench,
    records: &mut Records,
    flow: &'static FlowRecord,
    schema: &str,
) {
    let declared = || vec![cron("main", "30 6 * * *"), interval("often", "1h30m")];
    let before = schedules(&bench.eu().await);
    let mut other = eu(flow, declared());
    other.queue = Some("fast".parse().unwrap());
    other.description = Some("Other.");
    other.parameters = ParameterValues::Literals(&[("days", Literal::Natural(8))]);
    let writes = bench.change(records, other).await;
    assert_eq!(writes, ["PATCH /deployments/*"]);
    let after = bench.eu().await;
    assert_eq!(after.work_queue_name.as_deref(), Some("fast"));
    assert_eq!(after.parameters["days"], json!(8));
    assert_eq!(schedules(&after), before);
    assert!(after.paused);

    bench.schema = Some(json!({
        "title": "Parameters",
        "type": "object",
        "properties": { "days": { "title": "days", "position": 0, "type": "integer" } },
        "required": ["days"],
    }));
    let writes = bench.change(records, eu(flow, declared())).await;
    assert_eq!(writes, [schema]);
    let after = bench.eu().await;
    assert!(after.paused, "an operator's pause survives a whole write");
    assert!(!schedules(&after)["interval"].1, "and that of a schedule");
    let stored = after.parameter_openapi_schema.unwrap();
    assert!(stored["properties"]["days"].is_object(), "{stored}");
}

/// Removed and switched off schedules make no runs once the deployment goes on.
async fn check_firing(bench: &Bench) {
    let id = bench.eu().await.id;
    bench.operator.set_paused(id, false).await.unwrap();
    let runs = bench.runs(id).await;
    for time in runs.values() {
        let oslo = time.with_timezone(&chrono::FixedOffset::east_opt(3600).unwrap());
        let summer = time.with_timezone(&chrono::FixedOffset::east_opt(7200).unwrap());
        let clock = [oslo, summer].map(|time| time.format("%H:%M").to_string());
        assert!(clock.contains(&"06:30".to_owned()), "{time}");
    }
}

fn limited(flow: &'static FlowRecord) -> DeploymentRecord {
    let mut limited = deployment(flow, "limited");
    limited.concurrency = Some(Concurrency {
        limit: 2,
        on_collision: CollisionStrategy::CancelNew,
    });
    let mut schedule = cron("main", "0 6 * * *");
    schedule.parameters = days_7();
    limited.schedules = Vec::leak(vec![schedule]);
    limited
}

async fn check_all(bench: &mut Bench, schema: &str) -> Records {
    let mut records = records();
    let flow = records[0].flow;
    check_repetition(bench, &records).await;
    check_schedules(bench, &mut records, flow).await;
    check_fields(bench, &mut records, flow, schema).await;
    check_firing(bench).await;
    records.push(leak(limited(flow)));
    records
}

#[tokio::test]
async fn prefect_3_is_written_only_where_something_changed() {
    check_prefect_3(Database::Sqlite).await;
}

#[tokio::test]
async fn prefect_3_on_postgresql_is_written_only_where_something_changed() {
    check_prefect_3(Database::PostgreSql).await;
}

async fn check_prefect_3(database: Database) {
    let mut bench = Bench::start(Version::Prefect3, database).await;
    let records = check_all(&mut bench, "PATCH /deployments/*").await;
    bench.apply(&records).await;
    let (_, writes) = bench.apply(&records).await;
    assert_eq!(writes, [] as [String; 0]);
}

#[tokio::test]
async fn prefect_2_is_written_only_where_something_changed() {
    let mut bench = Bench::start(Version::Prefect2, Database::Sqlite).await;
    let records = check_all(&mut bench, "POST /deployments/").await;
    let text = bench.plan(&records).await.unwrap_err().to_string();
    for named in [
        "deployment `daily/limited` at projects/finance/daily/src/lib.rs:7:1: `concurrency` cannot be stored by Prefect 2.20.26",
        "deployment `daily/limited` at projects/finance/daily/src/lib.rs:7:1: `parameters` of schedule `main` cannot be stored",
    ] {
        assert!(text.contains(named), "{text}");
    }
    let stored = bench.operator.deployment_by_name("daily", "limited").await;
    assert_eq!(stored.unwrap(), None);
}
