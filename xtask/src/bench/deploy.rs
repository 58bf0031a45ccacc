//! How long `deploy` takes, compared in one run with the least that the server needs and with `prefect deploy`.

mod ours;
mod raw;
mod report;
mod theirs;

use std::collections::BTreeSet;
use std::path::PathBuf;

use longshore_rig::{Database, PrefectServer, Program, Version};

use super::http::Request;
use super::measure::{self, Cost};
use super::options::{self, positive};
use super::progress;
use super::tunnel::{Exchange, Tunnel};
use super::workspace::Workspace;
use crate::command::{Error, root};
use report::Report;
use theirs::Scripts;

/// Deployments of one flow.
const PER_FLOW: usize = 5;

const POOL: &str = "bench";

const QUEUE: &str = "kubernetes";

const USAGE: &str =
    "bench deploy [--deployments N] [--repetitions N] [--database sqlite|postgresql]";

/// What to measure.
#[derive(Debug)]
struct Options {
    /// A multiple of [`PER_FLOW`].
    deployments: usize,
    repetitions: usize,
    databases: Vec<Database>,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, Error> {
        let mut options = Self {
            deployments: 50,
            repetitions: 3,
            databases: vec![Database::Sqlite, Database::PostgreSql],
        };
        options::read(words, USAGE, |name, value| {
            match (name, value) {
                ("--deployments", _) => {
                    options.deployments = positive(value)?.next_multiple_of(PER_FLOW);
                }
                ("--repetitions", _) => options.repetitions = positive(value)?,
                ("--database", "sqlite") => options.databases = vec![Database::Sqlite],
                ("--database", "postgresql") => options.databases = vec![Database::PostgreSql],
                _ => return None,
            }
            Some(())
        })?;
        Ok(options)
    }
}

/// `bench deploy`.
pub(super) fn run(words: &[String]) -> Result<(), Error> {
    let options = Options::parse(words)?;
    longshore_rig::require(&[Program::Python, Program::Postgres])?;
    longshore_rig::install_postgres(&root())?;
    longshore_rig::install(Version::Prefect3, &root())?;
    let bench = Bench::prepare(options.deployments)?;
    for database in &options.databases {
        let mut report = Report::new(*database, options.deployments);
        let writes = bench.writes(*database)?;
        for repetition in 0..options.repetitions {
            report.add(bench.round(*database, repetition, &writes)?);
        }
        report.print();
    }
    Ok(())
}

/// What one round has measured.
#[derive(Debug, Default)]
struct Round {
    /// Our first apply of a program that was built before.
    first: Measured,
    /// Our first apply with its build, which finds nothing to do.
    first_with_build: Measured,
    /// Our second apply of a program that was built before.
    unchanged: Measured,
    /// Our second apply with its build, which finds nothing to do.
    unchanged_with_build: Measured,
    /// The writes of our first apply and nothing else.
    raw: Measured,
    /// The first `prefect deploy --all`.
    prefect: Measured,
    /// The second one.
    prefect_unchanged: Measured,
}

/// What a program took, and what it asked of the server.
#[derive(Debug, Default)]
struct Measured {
    cost: Cost,
    /// Requests that change something, repetitions included.
    writes: usize,
    reads: usize,
}

/// The two sides, ready to be run.
#[derive(Debug)]
struct Bench {
    flows: Workspace,
    scripts: Scripts,
    folder: PathBuf,
}

/// What is measured on a server of its own.
#[derive(Debug, Clone, Copy)]
enum Side {
    Ours,
    Raw,
    Prefect,
    OursWithBuild,
}

impl Side {
    const ALL: [Self; 4] = [Self::Ours, Self::Raw, Self::Prefect, Self::OursWithBuild];
}

impl Bench {
    fn prepare(deployments: usize) -> Result<Self, Error> {
        // One folder for all sizes: its name is in the flags of the artifacts, and cargo would build all of it anew.
        let folder = root().join("target/bench");
        progress(&format!("building the flows of {deployments} deployments"));
        Ok(Self {
            flows: ours::build(&folder, deployments)?,
            scripts: Scripts::write(&folder, deployments)?,
            folder,
        })
    }

    /// Measures every side once; each round begins with another one.
    fn round(
        &self,
        database: Database,
        repetition: usize,
        writes: &[Exchange],
    ) -> Result<Round, Error> {
        let mut round = Round::default();
        let mut sides = Side::ALL;
        sides.rotate_left(repetition % Side::ALL.len());
        for side in sides {
            progress(&format!("round {}: {side:?}", repetition + 1));
            let site = Site::start(database, self)?;
            self.flows.empty_store()?;
            match side {
                Side::Ours => {
                    let deploy = || self.flows.deploy_built(&site.tunnel.url);
                    round.first = site.run(&mut deploy())?;
                    round.unchanged = site.run(&mut deploy())?;
                    let mut with_build = self.flows.deploy(&site.tunnel.url);
                    round.unchanged_with_build = site.run(&mut with_build)?;
                }
                Side::OursWithBuild => {
                    let mut with_build = self.flows.deploy(&site.tunnel.url);
                    round.first_with_build = site.run(&mut with_build)?;
                }
                Side::Raw => {
                    let time = raw::repeat(writes, &site.tunnel.url)?;
                    round.raw = site.counted(Cost {
                        time,
                        ..Cost::default()
                    });
                }
                Side::Prefect => {
                    let deploy = || self.scripts.deploy(&site.tunnel.url);
                    round.prefect = site.run(&mut deploy()?)?;
                    round.prefect_unchanged = site.run(&mut deploy()?)?;
                }
            }
        }
        Ok(round)
    }

    /// The writes that a first apply needs: each that succeeded, once. It also compiles what is not compiled yet.
    fn writes(&self, database: Database) -> Result<Vec<Exchange>, Error> {
        let site = Site::start(database, self)?;
        measure::run(&mut self.flows.deploy(&site.tunnel.url), &site.log)?;
        let mut known = BTreeSet::new();
        let mut needed = site.tunnel.take();
        needed.retain(|exchange| {
            let Request {
                method, path, body, ..
            } = &exchange.request;
            exchange.is_write()
                && exchange.succeeded()
                && known.insert((method.clone(), path.clone(), body.clone()))
        });
        Ok(needed)
    }
}

/// A new server with the pool, behind a tunnel.
struct Site {
    tunnel: Tunnel,
    log: PathBuf,
    _server: PrefectServer,
}

impl Site {
    fn start(database: Database, bench: &Bench) -> Result<Self, Error> {
        let server = PrefectServer::start_on(database, Version::Prefect3, Vec::new())?;
        let log = bench.folder.join("output.log");
        let mut create_pool = bench.scripts.create_pool(&server.api_url())?;
        measure::run(&mut create_pool, &log)?;
        let tunnel = Tunnel::start(&server.api_url()).map_err(|source| Error::Connection {
            api_url: server.api_url(),
            source,
        })?;
        Ok(Self {
            tunnel,
            log,
            _server: server,
        })
    }

    fn run(&self, command: &mut std::process::Command) -> Result<Measured, Error> {
        let cost = measure::run(command, &self.log)?;
        Ok(self.counted(cost))
    }

    fn counted(&self, cost: Cost) -> Measured {
        let passed = self.tunnel.take();
        let writes = passed.iter().filter(|exchange| exchange.is_write()).count();
        let reads = passed.len() - writes;
        let seconds = cost.time.as_secs_f64();
        progress(&format!("  {seconds:.1} s, {writes} writes, {reads} reads"));
        Measured {
            cost,
            writes,
            reads,
        }
    }
}
