//! The job template of Prefect's process worker.

use serde_json::{Value, json};

use super::Start;
use super::variables::{common, of_open_pools, placeholders};

/// Prefect's template with the variables of an artifact.
pub(super) fn template(start: Start<'_>) -> Value {
    let mut configuration = placeholders(&["labels", "name", "stream_output"]);
    configuration.insert("command".to_owned(), start.command());
    let mut properties = common();
    if start.is_chosen_by_runs() {
        configuration.extend(placeholders(&["env", "working_dir"]));
        properties.extend(of_open_pools());
        properties.insert(
            "working_dir".to_owned(),
            json!({ "title": "Working Directory", "type": "string", "format": "path" }),
        );
    }
    json!({
        "job_configuration": configuration,
        "variables": { "type": "object", "properties": properties },
    })
}
