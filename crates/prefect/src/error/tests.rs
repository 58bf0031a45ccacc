use serde_json::{Value, json};

use super::*;

fn invalid(entries: &Value) -> Value {
    json!({
        "exception_message": "Invalid request received.",
        "exception_detail": entries,
        "request_body": { "password": "hunter2" },
    })
}

/// As 3.8.8 answers to a cron expression, all three kinds of schedule tried.
fn cron_on_3() -> Value {
    let interval = "function-after[validate_timezone(), IntervalSchedule]";
    let cron = "function-after[validate_timezone(), CronSchedule]";
    let at = |arm: &str, key: &str| json!(["body", "schedules", 0, "schedule", arm, key]);
    invalid(&json!([
        { "type": "missing", "loc": at(interval, "interval"), "msg": "Field required" },
        { "type": "extra_forbidden", "loc": at(interval, "cron"), "msg": "Extra inputs are not permitted" },
        { "type": "value_error", "loc": at(cron, "cron"), "msg": "Value error, Invalid cron string: \"61 * * * *\"" },
        { "type": "missing", "loc": at("RRuleSchedule", "rrule"), "msg": "Field required" },
        { "type": "extra_forbidden", "loc": at("RRuleSchedule", "cron"), "msg": "Extra inputs are not permitted" },
    ]))
}

/// As 2.20.26 answers to the same.
fn cron_on_2() -> Value {
    let at = |key: &str| json!(["body", "schedules", 0, "schedule", key]);
    let extra = json!({ "loc": at("cron"), "msg": "extra fields not permitted", "type": "value_error.extra" });
    invalid(&json!([
        { "loc": at("interval"), "msg": "field required", "type": "value_error.missing" },
        extra,
        { "loc": at("cron"), "msg": "Invalid cron string: \"61 * * * *\"", "type": "value_error" },
        { "loc": at("rrule"), "msg": "field required", "type": "value_error.missing" },
        extra,
    ]))
}

#[test]
fn all_shapes_of_refusals_are_read() {
    let sent = json!({ "schedules": [{ "schedule": { "cron": "61 * * * *" } }] });
    let cron = "schedules.0.schedule.cron: Invalid cron string: \"61 * * * *\"";
    let pattern = format!(
        "String should match pattern '{}'",
        "Africa/Abidjan|".repeat(500)
    );
    let table = [
        (cron_on_3(), Some(cron)),
        (cron_on_2(), Some(cron)),
        (
            invalid(
                &json!([{ "loc": ["body", "name"], "msg": "Field required", "type": "missing" }]),
            ),
            Some("name: Field required"),
        ),
        (
            invalid(
                &json!([{ "loc": ["body"], "msg": "Value error, Validation failed.", "type": "value_error" }]),
            ),
            Some("Validation failed."),
        ),
        (
            json!({ "detail": "Work pool \"x\" not found." }),
            Some("Work pool \"x\" not found."),
        ),
        (
            json!({ "detail": ["Deployment has multiple schedules."] }),
            Some("Deployment has multiple schedules."),
        ),
        (
            json!({ "exception_message": "Unauthorized" }),
            Some("Unauthorized"),
        ),
        (
            json!({ "exception_message": "x", "exception_detail": [] }),
            Some("x"),
        ),
        (json!({ "error": "not Prefect's" }), None),
        (json!("text"), None),
        (json!(null), None),
    ];
    for (body, expected) in table {
        assert_eq!(detail(&body, Some(&sent)).as_deref(), expected, "{body}");
    }
    let long = invalid(
        &json!([{ "loc": ["body", "zone"], "msg": pattern, "type": "string_pattern_mismatch" }]),
    );
    assert!(
        detail(&long, None).is_some_and(|detail| detail.len() < 400 && detail.ends_with("..."))
    );
}

#[test]
fn a_refused_zone_is_told_once() {
    let at = |key: &str| json!(["body", "schedules", 0, "schedule", key]);
    let zone =
        json!({ "loc": at("timezone"), "msg": "Invalid timezone: \"x\"", "type": "value_error" });
    let body = invalid(&json!([
        { "loc": at("interval"), "msg": "field required", "type": "value_error.missing" },
        zone,
        { "loc": at("cron"), "msg": "extra fields not permitted", "type": "value_error.extra" },
        zone,
    ]));
    let sent = json!({ "schedules": [{ "schedule": { "cron": "* * * * *", "timezone": "x" } }] });
    let expected = "schedules.0.schedule.timezone: Invalid timezone: \"x\"";
    assert_eq!(detail(&body, Some(&sent)).as_deref(), Some(expected));
}

fn error(url: &str, failure: Failure) -> Error {
    Error::new(
        "write deployment `eu`".to_owned(),
        Method::POST,
        url.to_owned(),
        failure,
    )
}

#[test]
fn a_message_says_what_where_why_and_how_often() {
    let detail = Some("Service Unavailable".to_owned());
    let error = error(
        "http://h/api/deployments/",
        Failure::Refused {
            status: 503,
            detail,
        },
    );
    let once = "could not write deployment `eu`: POST http://h/api/deployments/ answered 503: Service Unavailable";
    assert_eq!(error.to_string(), once);
    let error = error.after(8, Duration::from_millis(6_420), false);
    assert_eq!(error.to_string(), format!("{once} (8 attempts in 6.4 s)"));
    assert_eq!(
        (error.status(), error.attempts(), error.method()),
        (Some(503), 8, "POST")
    );
}

#[test]
fn help_fits_the_failure() {
    let refused = |status, detail: Option<&str>| Failure::Refused {
        status,
        detail: detail.map(str::to_owned),
    };
    let html = |status| Failure::NotPrefect {
        status,
        found: "text/html".to_owned(),
    };
    let table = [
        (
            "http://h/api/flows/",
            refused(401, Some("Unauthorized")),
            Some("PREFECT_API_KEY"),
        ),
        (
            "http://h/api/work_pools/x",
            refused(404, Some("Work pool \"x\" not found.")),
            Some("work pool first"),
        ),
        (
            "http://h:4200/flows/",
            refused(404, Some("Not Found")),
            Some("`http://h:4200/api`"),
        ),
        (
            "http://h:4200/flows/",
            html(200),
            Some("`http://h:4200/api`"),
        ),
        (
            "http://h:4200/api/flows/",
            html(200),
            Some("PREFECT_API_URL"),
        ),
        (
            "http://h/api/deployments/1",
            refused(404, Some("Deployment not found")),
            None,
        ),
        (
            "http://h/api/deployments/",
            refused(422, Some("name: x")),
            None,
        ),
        (
            "http://h/api/deployments/",
            refused(500, Some("Internal Server Error")),
            Some("log"),
        ),
        (
            "http://h/api/deployments/",
            refused(500, Some("cannot read the database `x`; move it away")),
            None,
        ),
    ];
    for (url, failure, expected) in table {
        let help = error(url, failure).help();
        match (&help, expected) {
            (Some(help), Some(part)) => assert!(help.contains(part), "{url}: {help}"),
            (help, expected) => assert_eq!(help.is_some(), expected.is_some(), "{url}: {help:?}"),
        }
    }
}

#[test]
fn a_path_that_is_none_is_not_a_missing_object() {
    let missing = |detail: &str| {
        error(
            "http://h/api/x",
            Failure::Refused {
                status: 404,
                detail: Some(detail.to_owned()),
            },
        )
        .is_not_found()
    };
    assert!(missing("Deployment not found"));
    assert!(!missing("Not Found"));
}
