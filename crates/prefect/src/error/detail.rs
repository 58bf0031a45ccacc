//! The four shapes in which Prefect says what is wrong.

use serde_json::Value;

/// The three kinds of schedule that a server tries in turn, and the key by which one of them is meant.
const SCHEDULE_ARMS: [(&str, &str); 3] = [
    ("IntervalSchedule", "interval"),
    ("CronSchedule", "cron"),
    ("RRuleSchedule", "rrule"),
];

/// The longest message in characters.
const LONGEST_MESSAGE: usize = 300;

/// The server's own words in the body of a refusal, or `None` if it is not of Prefect's shape.
///
/// `sent` is the body of the request: a refused schedule is told by the kind that was sent and not by all three. The
/// echo of the request in the answer is not looked at, it may hold secrets.
pub(crate) fn detail(body: &Value, sent: Option<&Value>) -> Option<String> {
    if let Some(list) = body.get("exception_detail").and_then(Value::as_array) {
        // Both 2.x and 3.x may refuse one value for each kind of schedule that they try.
        let mut lines: Vec<String> = Vec::new();
        for line in relevant(list, sent).into_iter().filter_map(line) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        if !lines.is_empty() {
            return Some(lines.join("; "));
        }
    }
    match body.get("detail") {
        Some(Value::String(text)) => return Some(text.clone()),
        Some(Value::Array(list)) => {
            let lines: Vec<_> = list.iter().filter_map(line).collect();
            return (!lines.is_empty()).then(|| lines.join("; "));
        }
        _ => {}
    }
    body.get("exception_message")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// One entry of a list: `schedules.0.schedule.cron: Invalid cron`, or the text itself.
fn line(entry: &Value) -> Option<String> {
    if let Value::String(text) = entry {
        return Some(text.clone());
    }
    let message = shortened(entry.get("msg").and_then(Value::as_str)?);
    let path: Vec<String> = location(entry)
        .iter()
        .filter(|part| arm(part).is_none())
        .map(|part| {
            part.as_str()
                .map_or_else(|| part.to_string(), str::to_owned)
        })
        .collect();
    Some(if path.is_empty() {
        message
    } else {
        format!("{}: {message}", path.join("."))
    })
}

/// Where the mistake is, without the leading `body`.
fn location(entry: &Value) -> Vec<&Value> {
    let location = entry
        .get("loc")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    location.iter().skip_while(|part| *part == "body").collect()
}

/// The key of the kind of schedule that 3.x names in a location, such as `function-after[validate_timezone(),
/// CronSchedule]`.
fn arm(part: &Value) -> Option<&'static str> {
    let text = part.as_str()?;
    SCHEDULE_ARMS
        .iter()
        .find(|(arm, _)| text.contains(arm))
        .map(|(_, key)| *key)
}

/// Without Pydantic's prefix, and cut if it recites a pattern, such as that of all time zones.
fn shortened(message: &str) -> String {
    let message = message.strip_prefix("Value error, ").unwrap_or(message);
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}...", &message[..end]),
        None => message.to_owned(),
    }
}

/// The entries without those of kinds of schedule that were not sent; all of them if nothing would be left.
fn relevant<'a>(list: &'a [Value], sent: Option<&Value>) -> Vec<&'a Value> {
    let kept: Vec<_> = list
        .iter()
        .filter(|entry| sent.is_none_or(|sent| concerns(entry, sent)))
        .collect();
    if kept.is_empty() {
        list.iter().collect()
    } else {
        kept
    }
}

/// Whether the entry is about what was sent.
fn concerns(entry: &Value, sent: &Value) -> bool {
    let location = location(entry);
    let Some(at) = location.iter().position(|part| *part == "schedule") else {
        return true;
    };
    let mut schedule = sent;
    for part in &location[..=at] {
        let next = match part {
            Value::String(key) => schedule.get(key),
            Value::Number(index) => index
                .as_u64()
                .and_then(|index| schedule.get(usize::try_from(index).ok()?)),
            _ => None,
        };
        let Some(next) = next else { return true };
        schedule = next;
    }
    match location.get(at + 1) {
        // 3.x names the kind that it tried.
        Some(part) if arm(part).is_some() => {
            arm(part).is_some_and(|key| schedule.get(key).is_some())
        }
        // 2.x names the key: one that is missing, or too much, belongs to a kind that was not sent.
        Some(Value::String(key)) => {
            let kind = entry
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or_default();
            schedule.get(key).is_some()
                && kind != "value_error.extra"
                && kind != "value_error.missing"
        }
        _ => true,
    }
}
