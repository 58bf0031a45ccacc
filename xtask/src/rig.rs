//! Prefect servers for work by hand.

use std::path::PathBuf;

use longshore_rig::standing::{Health, Server, Setup, Standing, servers};
use longshore_rig::{Cluster, Database, Program, Version};

use crate::command::{Error, root};

/// Name of the cluster on the command line.
const KUBERNETES: &str = "kubernetes";

/// `rig install`, `rig up`, `rig status` and `rig down`.
pub(crate) fn run(words: &[String]) -> Result<(), Error> {
    let (command, names) = words
        .split_first()
        .map_or(("", words), |(command, names)| (command.as_str(), names));
    match command {
        "install" if names.is_empty() => {
            longshore_rig::require(&Program::ALL)?;
            install()?;
            if longshore_rig::why_no_kubernetes().is_none() {
                longshore_rig::install_kubernetes(&root())?;
            }
            Ok(())
        }
        "up" if names == [KUBERNETES] => up_kubernetes(),
        "up" => up(&setups(names)?),
        "status" if names.is_empty() => status(),
        "down" if names == [KUBERNETES] => down_kubernetes(),
        "down" => {
            if names.is_empty() {
                down_kubernetes()?;
            }
            down(&setups(names)?)
        }
        _ => Err(Error::Word {
            word: format!("rig {}", words.join(" ")).trim_end().to_owned(),
            known: "rig install, rig up [NAME...], rig up kubernetes, rig status, rig down [NAME...], rig down kubernetes".to_owned(),
        }),
    }
}

/// Installs the Prefect versions, Azurite, the browser and, if need be, PostgreSQL; the variables that tell the tests where they are.
pub(crate) fn install() -> Result<Vec<(&'static str, PathBuf)>, Error> {
    let mut environments = Vec::new();
    for version in Version::ALL {
        let python = longshore_rig::install(version, &root())?;
        environments.push((version.variable(), python));
    }
    environments.push(longshore_rig::install_azurite(&root())?);
    longshore_rig::install_browser(&root())?;
    longshore_rig::install_postgres(&root())?;
    Ok(environments)
}

fn setups(names: &[String]) -> Result<Vec<Setup>, Error> {
    if names.is_empty() {
        return Ok(Setup::ALL.to_vec());
    }
    let named = |name: &String| {
        Setup::named(name).ok_or_else(|| Error::Word {
            word: name.clone(),
            known: Setup::ALL.map(Setup::name).join(", "),
        })
    };
    names.iter().map(named).collect()
}

fn up(setups: &[Setup]) -> Result<(), Error> {
    longshore_rig::require(&[Program::Python])?;
    if setups
        .iter()
        .any(|setup| setup.database == Database::PostgreSql)
    {
        longshore_rig::require(&[Program::Postgres])?;
        longshore_rig::install_postgres(&root())?;
    }
    for setup in setups {
        longshore_rig::install(setup.version, &root())?;
    }
    Ok(Standing::open(&root())?.up(setups, print)?)
}

/// Starts the cluster so that it outlives the command.
fn up_kubernetes() -> Result<(), Error> {
    if let Some(reason) = longshore_rig::why_no_kubernetes() {
        say(&reason);
        return Ok(());
    }
    longshore_rig::install_kubernetes(&root())?;
    let environment = match Cluster::standing()? {
        Some(environment) => environment,
        None => {
            let cluster = Cluster::start()?;
            let environment = cluster.environment();
            cluster.leave()?;
            environment
        }
    };
    for (name, value) in environment {
        say(&format!("export {name}='{}'", value.display()));
    }
    Ok(())
}

fn down_kubernetes() -> Result<(), Error> {
    if Cluster::stop_standing()? {
        say(&format!("{KUBERNETES:<26} stopped"));
    }
    Ok(())
}

fn status() -> Result<(), Error> {
    let servers = servers(&root())?;
    if servers.is_empty() {
        say("nothing was started; start servers with `cargo xtask rig up`");
    }
    servers.iter().for_each(print);
    Ok(())
}

fn down(setups: &[Setup]) -> Result<(), Error> {
    let mut standing = Standing::open(&root())?;
    for setup in setups {
        let name = setup.name();
        let was_there = standing.servers().iter().any(|server| server.name == name);
        standing.down(&name)?;
        if was_there {
            say(&format!("{name:<26} stopped"));
        }
    }
    Ok(())
}

fn print(server: &Server) {
    let health = match server.health() {
        Health::Answers => "answers",
        Health::Silent => "runs, does not answer",
        Health::Ended => "has ended",
    };
    let (name, process) = (&server.name, server.process_id());
    say(&format!(
        "{name:<26} {health:<22} PREFECT_API_URL={}\n    process {process}, log {}",
        server.api_url,
        server.log.display()
    ));
}

#[expect(clippy::print_stdout, reason = "the command's output")]
fn say(line: &str) {
    println!("{line}");
}
