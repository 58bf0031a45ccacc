//! What lines of logs cost the flow that writes them.

use serde_json::json;

use super::{Site, number};
use crate::bench::measure;
use crate::bench::progress;
use crate::command::Error;

/// One round of runs that write lines.
#[derive(Debug)]
pub(super) struct Logs {
    /// Seconds of the flow's function, with work between the lines, whose lines go to the terminal alone.
    pub(super) kept: f64,
    /// The same with the lines on the server too.
    pub(super) sent: f64,
    /// Seconds of the flow's function without work between the lines, which go to the server too.
    pub(super) bare: f64,
}

/// Runs the flow that writes lines in all three ways; each round begins with another one.
pub(super) fn measure(site: &mut Site, lines: usize, round: usize) -> Result<Logs, Error> {
    let mut seconds = [0.0; 3];
    let mut ways = [(0, true, false), (1, true, true), (2, false, true)];
    let first = round % ways.len();
    ways.rotate_left(first);
    for (way, work, sent) in ways {
        seconds[way] = write(site, lines, work, sent)?;
    }
    let [kept, sent, bare] = seconds;
    progress(&format!(
        "  {kept:.2} s, on the server too {sent:.2} s, without work {bare:.2} s"
    ));
    Ok(Logs { kept, sent, bare })
}

fn write(site: &mut Site, lines: usize, work: bool, sent: bool) -> Result<f64, Error> {
    let deployment = site.api.deployment("lines", "direct")?;
    let parameters = json!({ "count": lines, "work": work });
    let run = site.create(&deployment, parameters, "PENDING")?;
    let mut program = site.program(&deployment, &run, &site.server.api_url());
    program.env("PREFECT_LOGGING_TO_API_ENABLED", sent.to_string());
    measure::run(&mut program, &site.folder.join("output.log"))?;
    site.api.completed(&run.id)?;
    if sent {
        // A line that was dropped would make it look quick.
        site.api.wait_for_lines(&run.id, lines)?;
    }
    number(&run.facts()?, "seconds")
}
