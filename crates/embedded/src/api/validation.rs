//! The checks of 3.8.8 on values that are stored as JSON.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::json_schema::{self, Strictness};
use crate::model::WorkPool;

/// The most bytes of JSON that parameters may have.
const LARGEST_PARAMETERS: usize = 512 * 1024;

/// The longest recurrence rule.
const LONGEST_RRULE: usize = 6500;

/// What 3.x puts before a rule without a start.
const DEFAULT_RRULE_START: &str = "DTSTART:20200101T000000\n";

/// The frequencies of RFC 5545.
const FREQUENCIES: [&str; 7] = [
    "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY",
];

pub(super) fn check_size(parameters: &Map<String, Value>) -> Result<(), ApiError> {
    if serde_json::to_vec(parameters)?.len() > LARGEST_PARAMETERS {
        return Err(ApiError::invalid(
            &["parameters"],
            "Parameters exceed the maximum size of 512 KiB",
        ));
    }
    Ok(())
}

/// Checks parameters against their schema; `required` counts only when a run is made.
pub(super) fn check_parameters(
    parameters: &Map<String, Value>,
    schema: &Map<String, Value>,
    required: bool,
) -> Result<(), json_schema::Mismatch> {
    json_schema::check(
        &Value::Object(parameters.clone()),
        &Value::Object(schema.clone()),
        Strictness {
            required,
            null_for_default: false,
        },
    )
}

/// Checks job variables against the `variables` of a pool's template; unknown ones are taken.
pub(super) fn check_job_variables(
    pool: &WorkPool,
    variables: &Map<String, Value>,
) -> Result<(), json_schema::Mismatch> {
    let strictness = Strictness {
        required: false,
        null_for_default: true,
    };
    match pool.base_job_template.get("variables") {
        Some(schema) => json_schema::check(&Value::Object(variables.clone()), schema, strictness),
        None => Ok(()),
    }
}

/// A template is empty, or declares every variable that its configuration uses.
pub(super) fn check_base_job_template(template: &Map<String, Value>) -> Result<(), ApiError> {
    if template.is_empty() {
        return Ok(());
    }
    let part = |name: &str| {
        template
            .get(name)
            .filter(|part| part.as_object().is_some_and(|part| !part.is_empty()))
    };
    let (Some(configuration), Some(variables)) = (part("job_configuration"), part("variables"))
    else {
        return Err(ApiError::invalid(
            &["base_job_template"],
            "Value error, The `base_job_template` must contain both a `job_configuration` key and a `variables` key.",
        ));
    };
    let declared = variables.get("properties").and_then(Value::as_object);
    let mut undeclared: Vec<String> = placeholders(&configuration.to_string());
    undeclared.retain(|name| !declared.is_some_and(|declared| declared.contains_key(name)));
    if undeclared.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(
        &["base_job_template"],
        format!(
            "Value error, The variables specified in the job configuration template must be present as properties in \
             the variables schema. Your job configuration uses the following undeclared variable(s): {}.",
            undeclared.join(" ,")
        ),
    ))
}

/// The names in `{{ name }}`, except those that Prefect resolves itself.
fn placeholders(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in text.split("{{").skip(1) {
        let Some((name, _)) = part.split_once("}}") else {
            continue;
        };
        let name = name.trim();
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || "_.-[]$".contains(c));
        let is_resolved = name.starts_with('$') || name.starts_with("prefect.");
        if is_name && !is_resolved && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Checks a schedule's shape and fills in what 3.8.8 fills in.
pub(super) fn check_schedule(schedule: &Value, now: DateTime<Utc>) -> Result<Value, ApiError> {
    let Some(fields) = schedule.as_object() else {
        return Err(refused("Input should be a valid dictionary"));
    };
    let kinds = ["cron", "interval", "rrule"].map(|kind| fields.get(kind));
    let timezone = fields.get("timezone").cloned().unwrap_or_default();
    check_timezone(&timezone)?;
    match kinds {
        [Some(cron), None, None] => {
            only(fields, &["cron", "timezone", "day_or"])?;
            let cron = cron
                .as_str()
                .ok_or_else(|| refused("Input should be a valid string"))?;
            check_cron(cron)?;
            let day_or = fields.get("day_or").cloned().unwrap_or(Value::Bool(true));
            Ok(json!({ "cron": cron, "timezone": timezone, "day_or": day_or }))
        }
        [None, Some(interval), None] => {
            only(fields, &["interval", "timezone", "anchor_date"])?;
            let seconds = interval
                .as_f64()
                .ok_or_else(|| refused("Input should be a valid timedelta"))?;
            if seconds <= 0.0 {
                return Err(refused("Value error, interval must be positive"));
            }
            let anchor = anchor(fields.get("anchor_date"), now)?;
            Ok(json!({ "interval": seconds, "anchor_date": anchor, "timezone": or_utc(timezone) }))
        }
        [None, None, Some(rrule)] => {
            only(fields, &["rrule", "timezone"])?;
            let rule = rrule
                .as_str()
                .ok_or_else(|| refused("Input should be a valid string"))?;
            Ok(json!({ "rrule": check_rrule(rule)?, "timezone": or_utc(timezone) }))
        }
        _ => Err(refused(
            "a schedule has exactly one of `interval`, `cron` and `rrule`",
        )),
    }
}

fn refused(message: impl Into<String>) -> ApiError {
    ApiError::invalid(&["schedule"], message)
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), ApiError> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(ApiError::invalid(
            &["schedule", key],
            "Extra inputs are not permitted",
        )),
        None => Ok(()),
    }
}

fn or_utc(timezone: Value) -> Value {
    if timezone.is_null() {
        json!("UTC")
    } else {
        timezone
    }
}

/// Only the characters are looked at: which zones there are is known where schedules are written.
fn check_timezone(timezone: &Value) -> Result<(), ApiError> {
    let valid = match timezone {
        Value::Null => true,
        Value::String(zone) => {
            zone.is_empty()
                || (zone.starts_with(|first: char| first.is_ascii_uppercase())
                    && zone
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c)))
        }
        _ => false,
    };
    if valid {
        return Ok(());
    }
    Err(refused(format!(
        "Value error, Invalid timezone: {timezone} (specify in IANA tzdata format, for example, America/New_York)"
    )))
}

/// Fields and characters only, and plain numbers that are too large.
fn check_cron(cron: &str) -> Result<(), ApiError> {
    const LARGEST: [u32; 5] = [59, 23, 31, 12, 7];
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let invalid = || refused(format!("Value error, Invalid cron string: \"{cron}\""));
    if let [alias] = fields.as_slice() {
        let known = [
            "@hourly",
            "@daily",
            "@midnight",
            "@weekly",
            "@monthly",
            "@yearly",
            "@annually",
        ];
        return if known.contains(alias) {
            Ok(())
        } else {
            Err(invalid())
        };
    }
    let characters = |field: &&str| {
        field
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "*/,-?#".contains(c))
    };
    if !(5..=7).contains(&fields.len()) || !fields.iter().all(characters) {
        return Err(invalid());
    }
    for (field, largest) in fields.iter().zip(LARGEST) {
        let numbers = field
            .split([',', '-'])
            .map(|part| part.split('/').next().unwrap_or(part));
        if numbers
            .filter_map(|number| number.parse::<u32>().ok())
            .any(|number| number > largest)
        {
            return Err(invalid());
        }
    }
    Ok(())
}

fn anchor(anchor: Option<&Value>, now: DateTime<Utc>) -> Result<DateTime<Utc>, ApiError> {
    let text = match anchor {
        None | Some(Value::Null) => return Ok(now),
        Some(Value::String(text)) => text,
        Some(_) => return Err(refused("Input should be a valid datetime")),
    };
    let with_zone = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    // A time without a zone is UTC.
    with_zone
        .or_else(|_| text.parse::<NaiveDateTime>().map(|time| time.and_utc()))
        .map_err(|error| refused(format!("Input should be a valid datetime, {error}")))
}

fn check_rrule(rule: &str) -> Result<String, ApiError> {
    if rule.len() > LONGEST_RRULE {
        return Err(refused(format!(
            "Value error, Invalid RRule string. Max length is {LONGEST_RRULE}"
        )));
    }
    let frequency = rule
        .split(['\n', ';', ':'])
        .find_map(|part| part.trim().strip_prefix("FREQ="));
    if !frequency.is_some_and(|frequency| FREQUENCIES.contains(&frequency)) {
        return Err(refused(format!(
            "Value error, Invalid RRule string \"{rule}\""
        )));
    }
    if rule.contains("DTSTART") {
        Ok(rule.to_owned())
    } else {
        Ok(format!("{DEFAULT_RRULE_START}{rule}"))
    }
}
