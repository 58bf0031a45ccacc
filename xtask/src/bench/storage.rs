//! How long storing and fetching artifacts takes, with Azurite in Azure's place.

mod fetch;
mod files;
mod prefect;
mod programs;
mod report;

use longshore_rig::{AzuriteServer, Program, install_azurite};

use super::options;
use super::progress;
use super::tunnel::Tunnel;
use crate::command::{Error, root};
use files::Files;
use programs::{Programs, Side, Upload};
use report::{Report, Rounds, Unchanged};

const USAGE: &str = "bench storage [--repetitions N] [--artifacts N] [--megabytes N]";

/// Size of the artifact by which the bound on memory is tried, in MB.
const LARGEST: usize = 500;

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Options {
    repetitions: usize,
    /// How many of 1 MB.
    artifacts: usize,
    /// Size of the large one.
    megabytes: usize,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, Error> {
        let mut options = Self {
            repetitions: 3,
            artifacts: 100,
            megabytes: 200,
        };
        let numbers = &mut [
            ("--repetitions", &mut options.repetitions),
            ("--artifacts", &mut options.artifacts),
            ("--megabytes", &mut options.megabytes),
        ];
        options::read_numbers(words, USAGE, numbers)?;
        Ok(options)
    }
}

/// `bench storage`.
pub(super) fn run(words: &[String]) -> Result<(), Error> {
    let options = Options::parse(words)?;
    longshore_rig::require(&[Program::Python, Program::Node])?;
    install_azurite(&root())?;
    let programs = Programs::install()?;
    let files = Files::write(options.artifacts, options.megabytes)?;
    let mut report = Report {
        artifacts: options.artifacts,
        megabytes: options.megabytes,
        small: Rounds::default(),
        large: Rounds::default(),
        unchanged: unchanged(&programs, &files)?,
        largest: largest(&programs, &files)?,
        runner: fetch::program(&programs)?,
        fetches: fetch::measure(&programs, &files, options.repetitions)?,
    };
    for repetition in 0..options.repetitions {
        round(&programs, &files, repetition, &mut report)?;
    }
    report.print();
    files.remove()
}

/// Measures every side once on one server; each round begins with another one.
fn round(
    programs: &Programs,
    files: &Files,
    repetition: usize,
    report: &mut Report,
) -> Result<(), Error> {
    let server = AzuriteServer::start()?;
    // A server that has just started is slower, which would count against the first side.
    programs.upload(Side::Floor, &server, "warm", &files.small)?;
    let mut sides = Side::ALL;
    sides.rotate_left(repetition % Side::ALL.len());
    for (load, rounds) in [
        (&files.small, &mut report.small),
        (&files.large, &mut report.large),
    ] {
        for side in sides {
            let container = format!("{}-{}", side.name(), load.name);
            let upload = programs.upload(side, &server, &container, load)?;
            progress(&format!(
                "round {}, {}, {}: {:.2} s, {} MiB",
                repetition + 1,
                load.name,
                side.name(),
                upload.seconds,
                upload.kib >> 10
            ));
            rounds.add(side, upload);
        }
    }
    Ok(())
}

/// What looking for artifacts costs that are all there.
fn unchanged(programs: &Programs, files: &Files) -> Result<Unchanged, Error> {
    progress("looking for artifacts that are all there");
    let server = AzuriteServer::start()?;
    programs.upload(Side::Ours, &server, "flows", &files.small)?;
    let tunnel = Tunnel::start(server.endpoint()).map_err(|source| Error::Connection {
        api_url: server.endpoint().to_owned(),
        source,
    })?;
    let through = server
        .connection_string()
        .replace(server.endpoint(), &tunnel.url);
    let seconds = programs.find(&through, "flows", &files.small)?;
    let sent = tunnel.take();
    Ok(Unchanged {
        seconds,
        requests: sent.len(),
        bytes: sent
            .iter()
            .map(|exchange| exchange.request.body.len())
            .sum(),
    })
}

/// Stores an artifact that would not fit into the memory that it may take.
fn largest(programs: &Programs, files: &Files) -> Result<Upload, Error> {
    progress(&format!("storing {LARGEST} MB"));
    let load = files.of_one("largest", LARGEST)?;
    let server = AzuriteServer::start()?;
    let upload = programs.upload(Side::Ours, &server, "flows", &load)?;
    load.remove()?;
    Ok(upload)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_numbers_above_zero() {
        let parse = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            Options::parse(&words).map_err(|error| error.to_string())
        };
        let expected = Options {
            repetitions: 5,
            artifacts: 100,
            megabytes: 20,
        };
        assert_eq!(parse("--megabytes 20 --repetitions 5"), Ok(expected));
        for line in ["--artifacts 0", "--megabytes", "--database sqlite"] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(&format!("`{line}` is not known")), "{error}");
        }
    }
}
