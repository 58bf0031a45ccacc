use longshore_spec::{
    Anchor, CronExpression, DeploymentName, EnvironmentVariableName, FlowName, FlowPath,
    ImageReference, Interval, JobVariableName, LocalDateTime, RecurrenceRule, Schedule, Slug,
    StorageLocation, StorageUrl, Tag, TaskName, TimeSpan, TimeZone, WorkPoolName, WorkQueueName,
};

const IMAGE: ImageReference = ImageReference::from_static("ghcr.io/acme/flows:1.4.0");
const STORAGE: StorageUrl = StorageUrl::from_static("az://flows/nightly");
const SPAN: TimeSpan = TimeSpan::from_millis(5_400_000);

#[test]
fn constants_equal_what_is_parsed() {
    const FLOW: FlowName = FlowName::from_static("daily-report");
    const DEPLOYMENT: DeploymentName = DeploymentName::from_static("eu");
    const TASK: TaskName = TaskName::from_static("load rows");
    const POOL: WorkPoolName = WorkPoolName::from_static("default");
    const QUEUE: WorkQueueName = WorkQueueName::from_static("kubernetes");
    const TAG: Tag = Tag::from_static("team:sales");
    const SLUG: Slug = Slug::from_static("main");
    const PATH: FlowPath = FlowPath::from_static("projects/sales/report");
    const VARIABLE: EnvironmentVariableName = EnvironmentVariableName::from_static("RUST_LOG");
    const JOB: JobVariableName = JobVariableName::from_static("cpu_limit");
    assert_eq!("ghcr.io/acme/flows:1.4.0".parse(), Ok(IMAGE));
    assert_eq!("az://flows/nightly".parse(), Ok(STORAGE));
    assert_eq!("1h30m".parse(), Ok(SPAN));
    assert_eq!("daily-report".parse(), Ok(FLOW));
    assert_eq!("eu".parse(), Ok(DEPLOYMENT));
    assert_eq!("load rows".parse(), Ok(TASK));
    assert_eq!("default".parse(), Ok(POOL));
    assert_eq!("kubernetes".parse(), Ok(QUEUE));
    assert_eq!("team:sales".parse(), Ok(TAG));
    assert_eq!("main".parse(), Ok(SLUG));
    assert_eq!("projects/sales/report".parse(), Ok(PATH));
    assert_eq!("RUST_LOG".parse(), Ok(VARIABLE));
    assert_eq!("cpu_limit".parse(), Ok(JOB));
}

#[test]
fn a_storage_says_where_it_is() {
    assert_eq!(
        STORAGE.location(),
        StorageLocation::Azure {
            container: "flows",
            prefix: "nightly"
        }
    );
    let root = StorageUrl::from_static("az://flows/");
    assert_eq!(
        root.location(),
        StorageLocation::Azure {
            container: "flows",
            prefix: ""
        }
    );
    assert_eq!(
        StorageUrl::from_static("/var/x").location(),
        StorageLocation::Folder("/var/x")
    );
}

fn panic_text(build: impl FnOnce() + std::panic::UnwindSafe) -> String {
    let payload = std::panic::catch_unwind(build).expect_err("no panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload
            .downcast::<&'static str>()
            .map(|text| (*text).to_owned())
            .expect("a text"),
    }
}

#[test]
fn a_constant_that_breaks_its_rule_panics_with_the_rule() {
    let texts = [
        (
            panic_text(|| drop(ImageReference::from_static("acme/Flows"))),
            "upper-case letters: `acme/Flows`",
        ),
        (
            panic_text(|| drop(WorkQueueName::from_static("a/b"))),
            "`/ % & < >`",
        ),
        (panic_text(|| drop(Slug::from_static("Main"))), "`a-z`"),
        (panic_text(|| drop(FlowPath::from_static("../x"))), "`..`"),
        (
            panic_text(|| drop(StorageUrl::from_static("s3://x"))),
            "az://",
        ),
        (
            panic_text(|| drop(JobVariableName::from_static("1x"))),
            "digit",
        ),
    ];
    for (text, fragment) in texts {
        assert!(text.contains(fragment), "{text}");
    }
}

/// As the attribute macros emit schedules.
const SCHEDULES: &[Schedule] = &[
    Schedule::Cron {
        expression: CronExpression::checked_by_macro("0 6 * * MON-FRI"),
        timezone: Some(TimeZone::checked_by_macro("Europe/Oslo")),
        day_or: true,
    },
    Schedule::Interval {
        every: Interval::checked_by_macro(900_000),
        anchor: Some(Anchor::checked_by_macro("2026-01-01T00:00:00Z")),
        timezone: None,
    },
    Schedule::Rrule {
        rule: RecurrenceRule::checked_by_macro("FREQ=DAILY"),
        start: Some(LocalDateTime::checked_by_macro("2026-01-01T06:00:00")),
        timezone: None,
    },
];

#[test]
fn schedules_are_constants() {
    let words: Vec<String> = SCHEDULES.iter().map(Schedule::in_words).collect();
    assert_eq!(
        words,
        [
            "at 06:00, Monday to Friday (Europe/Oslo)",
            "every 15 minutes",
            "every day at 06:00"
        ]
    );
}
