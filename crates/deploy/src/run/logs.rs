//! `logs`: what a run has logged, and what it goes on to log.

use std::time::Duration;

use longshore_prefect::{Client, FlowRun, Log};
use serde_json::{Value, json};

use super::found_run::find;
use super::runs::named;
use super::session::Session;
use super::watch::{DATE_AND_TIME, Watch, level, log_line};
use super::{Flows, in_environment, signals};
use crate::command_line::{LogsArguments, Output};
use crate::error::{Failure, ReadServerError};
use crate::exit::Exit;
use crate::report::{print_json, print_record, print_records, runs as report_runs, tell};

/// How often a run that is followed is asked for.
const PACE: Duration = Duration::from_secs(1);

/// Shows the logs of a run.
///
/// # Errors
/// No single run is meant, or the server cannot be reached.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &LogsArguments,
    output: Output,
) -> Result<Exit, Failure> {
    tokio::select! {
        biased;
        exit = signals::received() => Ok(exit),
        ended = show(flows, arguments, output) => ended,
    }
}

async fn show(
    flows: &Flows<'_>,
    arguments: &LogsArguments,
    output: Output,
) -> Result<Exit, Failure> {
    let session = Session::open(flows.root, flows.config).await?;
    let shown = async {
        let client = &session.connection.client;
        let mut run = find(client, flows.config, &arguments.run).await?;
        if arguments.follow {
            run = follow(&session, run, output).await?;
        }
        match output {
            Output::Text if arguments.follow => {}
            Output::Text => print_pages(client, &run).await?,
            Output::Json => {
                let logs = client.logs(run.id).await.map_err(ReadServerError::from)?;
                let value = document(&session, run, &logs).await?;
                print_json(&in_environment(value, flows.config));
            }
        }
        Ok(Exit::Done)
    };
    let shown = shown.await;
    session.connection.close().await;
    shown
}

/// Prints the log page by page, so that the first lines of a long one appear at once.
async fn print_pages(client: &Client, run: &FlowRun) -> Result<(), Failure> {
    let mut reader = client.log_reader(run.id);
    let mut is_empty = true;
    while let Some(page) = reader.next_page().await.map_err(ReadServerError::from)? {
        let lines = page.iter().map(|log| log_line(log, DATE_AND_TIME));
        print_records(&lines.collect::<Vec<_>>());
        is_empty = false;
    }
    if is_empty {
        tell(&format!("the run `{}` has logged nothing", run.name));
    }
    Ok(())
}

/// Shows logs and states until the run has ended, or until nothing can come any more.
async fn follow(session: &Session, run: FlowRun, output: Output) -> Result<FlowRun, Failure> {
    let mut say = |line: &str| match output {
        Output::Text => print_record(line),
        // Its stdout is one document.
        Output::Json => tell(line),
    };
    let client = &session.connection.client;
    let watch = Watch::new(client, run.id, PACE)
        .with_times(DATE_AND_TIME)
        .served(session.target.is_embedded());
    if !session.connection.starts_runs {
        watch.once(&mut say).await.map_err(ReadServerError::from)?;
        tell(
            "notice: nothing runs on the embedded server now, so nothing more comes; `deploy serve` runs flows",
        );
        return Ok(run);
    }
    let ended = watch
        .follow(&mut say)
        .await
        .map_err(ReadServerError::from)?;
    Ok(ended.unwrap_or(run))
}

async fn document(session: &Session, run: FlowRun, logs: &[Log]) -> Result<Value, Failure> {
    let listed = named(&session.connection.client, vec![run]).await;
    let listed = listed.map_err(ReadServerError::from)?;
    Ok(json!({
        "target": session.target.to_string(),
        "run": listed.first().map(report_runs::json),
        "logs": logs.iter().map(|log| json!({
            "time": log.timestamp,
            "level": level(log.level),
            "message": log.message,
            "logger": log.name,
            "task_run_id": log.task_run_id,
        })).collect::<Vec<_>>(),
    }))
}
