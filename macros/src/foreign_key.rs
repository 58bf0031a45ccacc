//! Keys of Prefect and of Longshore's other attributes, in a list that does not have them.

use crate::list::{Value, shown};

/// Returns the fix for a key that belongs elsewhere; `None` for any other unknown key.
pub(crate) fn help(owner: &str, key: &str, value: &Value) -> Option<String> {
    let value = match value {
        Value::Assigned(value) => shown(value),
        _ => "...".to_owned(),
    };
    match owner {
        "`#[deployment]`" => of_deployment(key, &value),
        "`resources(...)`" => of_resources(key, &value),
        "`#[flow]`" | "`#[task]`" => of_function(owner, key, &value),
        _ => None,
    }
}

fn of_deployment(key: &str, value: &str) -> Option<String> {
    Some(match key {
        "cron" | "rrule" | "interval" => format!("write `schedule = {key}({value})`"),
        "schedules" => "write `schedule = [cron(\"0 6 * * *\"), ...]`".to_owned(),
        "tz" | "timezone" => {
            format!("write it in the schedule: `schedule = cron(\"0 6 * * *\", tz = {value})`")
        }
        "day_or" | "anchor" | "start" | "slug" => {
            format!("write it in the schedule, such as `cron(\"0 6 * * *\", {key} = {value})`")
        }
        "paused" => format!("write `active = {}`", negated(value)),
        "work_queue" | "work_queue_name" => format!("write `queue = {value}`"),
        "work_pool" | "work_pool_name" => format!("write `pool = {value}`"),
        "concurrency_limit" => format!("write `concurrency = {value}`"),
        "gpu" => {
            let count = value.trim_matches('"').parse().unwrap_or(1_u32);
            format!("write `resources(gpu = {count})`")
        }
        "cpu" | "memory" | "cpu_limit" | "memory_limit" => {
            format!("write `resources({key} = {value})`")
        }
        "service_account_name" => format!("write `service_account = {value}`"),
        "version" | "retries" | "retry_delay" | "timeout" | "run_name" => {
            format!("write it in `#[flow(...)]`: `#[flow({key} = {value})]`")
        }
        _ => return in_seconds(key, value).map(|entry| format!("{entry} in `#[flow(...)]`")),
    })
}

fn of_resources(key: &str, value: &str) -> Option<String> {
    Some(match key {
        "cpu_request" => format!("write `cpu = {value}`"),
        "memory_request" | "mem" => format!("write `memory = {value}`"),
        "mem_limit" => format!("write `memory_limit = {value}`"),
        "gpus" => "write `gpu = 1`".to_owned(),
        "requests" => "write `cpu = \"500m\", memory = \"1Gi\"`".to_owned(),
        "limits" => "write `cpu_limit = \"1\", memory_limit = \"2Gi\"`".to_owned(),
        _ => return None,
    })
}

fn of_function(owner: &str, key: &str, value: &str) -> Option<String> {
    Some(match key {
        "flow_run_name" if owner == "`#[flow]`" => format!("write `run_name = {value}`"),
        "schedule" | "image" | "queue" | "pool" | "storage" | "path" | "parameters"
        | "concurrency" | "active" | "env" | "job_variables" | "secrets" | "catchup"
        | "resources" | "node_selector" | "tolerations" | "service_account" => {
            format!("write `{key}` in a `#[deployment(...)]` of the flow")
        }
        "tags" if owner == "`#[flow]`" => {
            "write `tags` in a `#[deployment(...)]` of the flow".to_owned()
        }
        _ => return in_seconds(key, value),
    })
}

/// Prefect's numbers of seconds are durations with a unit.
fn in_seconds(key: &str, value: &str) -> Option<String> {
    let key = match key {
        "timeout_seconds" => "timeout",
        "retry_delay_seconds" => "retry_delay",
        _ => return None,
    };
    let seconds = value.parse::<u64>();
    let duration = seconds.map_or_else(|_| "30s".to_owned(), |seconds| format!("{seconds}s"));
    Some(format!("write `{key} = \"{duration}\"`"))
}

fn negated(value: &str) -> &str {
    match value {
        "true" => "false",
        "false" => "true",
        _ => "...",
    }
}
