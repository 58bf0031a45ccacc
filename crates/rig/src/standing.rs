//! Servers that outlive the command which starts them; a file below `target/rig/` says what runs.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::environment::{Version, folder};
use crate::error::RigError;
use crate::health::answers;
use crate::postgres::PostgresServer;
use crate::process::{Group, Process};
use crate::server::{Database, Site, free_port};

/// A version of Prefect on a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// Which Prefect.
    pub version: Version,
    /// On what.
    pub database: Database,
}

impl Setup {
    /// All that the tests run against.
    pub const ALL: [Self; 3] = [
        Self {
            version: Version::Prefect3,
            database: Database::Sqlite,
        },
        Self {
            version: Version::Prefect2,
            database: Database::Sqlite,
        },
        Self {
            version: Version::Prefect3,
            database: Database::PostgreSql,
        },
    ];

    /// What it is called on the command line, `prefect-3.8.8-postgresql` for example.
    #[must_use]
    pub fn name(self) -> String {
        match self.database {
            Database::Sqlite => self.version.name().to_owned(),
            Database::PostgreSql => format!("{}-postgresql", self.version.name()),
        }
    }

    /// The one with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setup| setup.name() == name)
    }
}

/// How a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It runs and answers.
    Answers,
    /// It runs, but does not answer: it is starting, or busy.
    Silent,
    /// It has ended by itself.
    Ended,
}

/// A server that was started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Server {
    /// That of its [`Setup`].
    pub name: String,
    /// Base URL of its API, for `PREFECT_API_URL`.
    pub api_url: String,
    /// What it writes while it runs.
    pub log: PathBuf,
    port: u16,
    group: Group,
    database: Option<StandingDatabase>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StandingDatabase {
    group: Group,
    folder: PathBuf,
}

impl Server {
    /// How it is just now.
    #[must_use]
    pub fn health(&self) -> Health {
        match (self.group.runs(), answers(self.port)) {
            (true, true) => Health::Answers,
            (true, false) => Health::Silent,
            (false, _) => Health::Ended,
        }
    }

    /// The id of its process.
    #[must_use]
    pub fn process_id(&self) -> i32 {
        self.group.id()
    }

    /// Ends its processes; `false` if some do not end.
    fn stop(&self) -> Result<bool, RigError> {
        let mut ended = self.group.stop();
        if let Some(database) = &self.database {
            ended &= database.group.stop();
            if ended {
                remove(&database.folder)?;
            }
        }
        Ok(ended)
    }
}

/// The servers of one repository.
#[derive(Debug)]
pub struct Standing {
    folder: PathBuf,
    servers: Vec<Server>,
    _lock: File,
}

impl Standing {
    /// Reads what was started from the repository at `root`, and keeps other commands from changing it meanwhile.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(root: &Path) -> Result<Self, RigError> {
        let folder = folder(root);
        let file = |source| RigError::File {
            path: folder.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(file)?;
        let lock = File::create(folder.join("servers.lock")).map_err(file)?;
        lock.lock().map_err(file)?;
        Ok(Self {
            servers: servers(root)?,
            folder,
            _lock: lock,
        })
    }

    /// Starts those of the servers that do not run, and waits until each one answers; `report` is told of each.
    ///
    /// # Errors
    /// A server does not become ready; the others run on.
    pub fn up(
        &mut self,
        setups: &[Setup],
        mut report: impl FnMut(&Server),
    ) -> Result<(), RigError> {
        let mut starting = Vec::new();
        for setup in setups {
            let name = setup.name();
            let known = self.servers.iter().find(|server| server.name == name);
            match known {
                Some(server) if server.health() != Health::Ended => report(server),
                _ => {
                    self.down(&name)?;
                    let (site, process) = self.begin(*setup)?;
                    starting.push((name, site, process));
                }
            }
        }
        let mut first_error = None;
        for (name, site, mut process) in starting {
            if let Err(error) = site.wait_until_ready(&mut process) {
                drop(process);
                self.down(&name)?;
                first_error.get_or_insert(error);
                continue;
            }
            let group = process.leave();
            if let Some(server) = self.servers.iter_mut().find(|server| server.name == name) {
                // With the processes that it has started meanwhile.
                server.group = group;
                report(server);
            }
            self.save()?;
        }
        first_error.map_or(Ok(()), Err)
    }

    /// Starts a server, and notes it before it is ready: it must be found after an interrupted command as well.
    fn begin(&mut self, setup: Setup) -> Result<(Site, Process), RigError> {
        let name = setup.name();
        let home = self.folder.join("servers").join(&name);
        remove(&home)?;
        fs::create_dir_all(&home).map_err(|source| RigError::File {
            path: home.clone(),
            source,
        })?;
        let postgres = match setup.database {
            Database::Sqlite => None,
            Database::PostgreSql => Some(PostgresServer::start()?),
        };
        let on_postgres = |postgres| setup.version.on_postgres(postgres);
        let site = Site {
            version: setup.version,
            port: free_port()?,
            home,
            settings: postgres.iter().map(on_postgres).collect(),
        };
        let process = site.spawn()?;
        let database = postgres.map(|postgres| {
            let (group, folder) = postgres.leave();
            StandingDatabase { group, folder }
        });
        self.servers.push(Server {
            name,
            api_url: site.api_url(),
            log: process.log.clone(),
            port: site.port,
            group: process.group(),
            database,
        });
        self.save()?;
        Ok((site, process))
    }

    /// Stops one server, if it was started; its log stays.
    ///
    /// # Errors
    /// It does not end.
    pub fn down(&mut self, name: &str) -> Result<(), RigError> {
        let Some(place) = self.servers.iter().position(|server| server.name == name) else {
            return Ok(());
        };
        if !self.servers[place].stop()? {
            return Err(RigError::StillRunning {
                name: name.to_owned(),
                state: state(&self.folder),
            });
        }
        self.servers.remove(place);
        self.save()
    }

    /// Those that were started and not stopped.
    #[must_use]
    pub fn servers(&self) -> &[Server] {
        &self.servers
    }

    fn save(&self) -> Result<(), RigError> {
        let path = state(&self.folder);
        let text =
            serde_json::to_string_pretty(&self.servers).map_err(|source| RigError::State {
                path: path.clone(),
                source,
            })?;
        // Whole or not at all, also for one who reads without the lock.
        let draft = path.with_extension("draft");
        let written = fs::write(&draft, text).and_then(|()| fs::rename(&draft, &path));
        written.map_err(|source| RigError::File { path, source })
    }
}

/// The servers of the repository at `root` that were started and not stopped.
///
/// # Errors
/// The file that names them cannot be read.
pub fn servers(root: &Path) -> Result<Vec<Server>, RigError> {
    let path = state(&folder(root));
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).map_err(|source| RigError::State { path, source }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(RigError::File { path, source }),
    }
}

fn state(folder: &Path) -> PathBuf {
    folder.join("servers.json")
}

fn remove(folder: &Path) -> Result<(), RigError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(RigError::File {
            path: folder.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}
