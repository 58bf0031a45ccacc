//! From the start of `longshore-run` to the first line of the program that it becomes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use longshore_rig::{AzuriteServer, RigError};

use super::files::{Files, Load};
use super::prefect::{ID, serve};
use super::programs::{Programs, Side};
use crate::bench::measure::median;
use crate::bench::progress;
use crate::command::Error;

/// Sizes of the programs in MB.
const SIZES: [(&str, usize); 2] = [("one", 1), ("twenty", 20)];

/// A start is short, so that a round has several, of which the middle one counts.
const STARTS: usize = 5;

/// A program that says at once that it has started; what follows is never read.
const PROGRAM: &[u8] = b"#!/bin/sh\necho started\nexit\n";

/// The starts of one program in seconds, round by round.
#[derive(Debug)]
pub(super) struct Fetch {
    pub(super) megabytes: usize,
    /// Nothing was fetched before.
    pub(super) cold: Vec<f64>,
    /// It was fetched before.
    pub(super) warm: Vec<f64>,
    /// A bare request for the same bytes, into a file.
    pub(super) floor: Vec<f64>,
}

/// What `longshore-run` is by itself.
#[derive(Debug)]
pub(super) struct Runner {
    /// In bytes.
    pub(super) length: u64,
    /// Seconds of starts that print the version.
    pub(super) starts: Vec<f64>,
}

/// Its size, and starts without any server.
pub(super) fn program(programs: &Programs) -> Result<Runner, Error> {
    let runner = &programs.runner;
    let length = fs::metadata(runner).map_err(|source| file(runner, source))?;
    let starts = (0..STARTS).map(|_| start(Command::new(runner).arg("--version"), "longshore-run"));
    Ok(Runner {
        length: length.len(),
        starts: starts.collect::<Result<_, _>>()?,
    })
}

/// Measures starts with an empty cache, with a full one, and the bare request, one after the other.
pub(super) fn measure(
    programs: &Programs,
    files: &Files,
    repetitions: usize,
) -> Result<Vec<Fetch>, Error> {
    progress("starting programs with longshore-run");
    let server = AzuriteServer::start()?;
    let mut fetches = Vec::new();
    for (name, megabytes) in SIZES {
        let load = files.beginning_with(PROGRAM, name, megabytes)?;
        let place = Place::store(programs, &server, &load)?;
        let mut fetch = Fetch {
            megabytes,
            cold: Vec::new(),
            warm: Vec::new(),
            floor: Vec::new(),
        };
        let start = || place.start(programs, &server);
        let fetched = load.folder.join("fetched");
        // The first one finds a server and files that nobody has read.
        start()?;
        for _ in 0..repetitions {
            let (mut cold, mut warm, mut floor) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..STARTS {
                place.empty_cache()?;
                cold.push(start()?);
                warm.push(start()?);
                floor.push(programs.get(&server, name, &place.url, &fetched)?);
            }
            fetch.cold.push(median(cold));
            fetch.warm.push(median(warm));
            fetch.floor.push(median(floor));
        }
        fetches.push(fetch);
    }
    Ok(fetches)
}

/// A stored program and whoever wants it.
struct Place {
    url: String,
    api_url: String,
    cache: PathBuf,
}

impl Place {
    fn store(programs: &Programs, server: &AzuriteServer, load: &Load) -> Result<Self, Error> {
        let Load { name, folder } = load;
        let upload = programs.upload(Side::Ours, server, name, load)?;
        let digest = upload.sha256.concat();
        let endpoint = server.endpoint();
        let url = format!("{endpoint}/{name}/projects/bench/{name}/{digest}/bench-{name}");
        Ok(Self {
            api_url: serve(&url, &digest).map_err(|source| file(folder, source))?,
            cache: folder.with_extension("cache"),
            url,
        })
    }

    fn empty_cache(&self) -> Result<(), Error> {
        match fs::remove_dir_all(&self.cache) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(file(&self.cache, source))
            }
            _ => Ok(()),
        }
    }

    fn start(&self, programs: &Programs, server: &AzuriteServer) -> Result<f64, Error> {
        let mut command = Command::new(&programs.runner);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("PREFECT__FLOW_RUN_ID", ID)
            .env("PREFECT_API_URL", &self.api_url)
            .env(
                "AZURE_STORAGE_CONNECTION_STRING",
                server.connection_string(),
            )
            .env("LONGSHORE_CACHE", &self.cache);
        start(&mut command, "started")
    }
}

/// Seconds until the first line, which begins with a text.
fn start(command: &mut Command, expected: &str) -> Result<f64, Error> {
    let program = PathBuf::from(command.get_program());
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn().map_err(|source| file(&program, source))?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        let read = BufReader::new(output).read_line(&mut line);
        read.map_err(|source| file(&program, source))?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let ended = child.wait_with_output();
    let ended = ended.map_err(|source| file(&program, source))?;
    if ended.status.success() && line.starts_with(expected) {
        return Ok(seconds);
    }
    let errors = String::from_utf8_lossy(&ended.stderr);
    Err(Error::Measurement {
        text: format!("{line}{errors}"),
    })
}

fn file(path: &Path, source: std::io::Error) -> Error {
    let path = path.to_owned();
    RigError::File { path, source }.into()
}
