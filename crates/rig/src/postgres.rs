//! A PostgreSQL server.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::debian::{unpack, write_launcher};
use crate::environment::{folder, root, temporary_folder};
use crate::error::RigError;
use crate::process::{Ending, Process};
use crate::requirements::Program;
use crate::server::free_port;

/// Making the data folder and starting take two seconds on a fast machine.
const START: Duration = Duration::from_secs(60);

const USER: &str = "prefect";

/// What is needed of PostgreSQL.
const PROGRAMS: [&str; 2] = ["postgres", "initdb"];

/// Nothing of it has to survive a crash of the machine.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
];

/// A PostgreSQL server on a free loopback port with a new data folder; it is stopped when this value goes away.
#[derive(Debug)]
pub struct PostgresServer {
    // Before the folder, so that the process has ended when the folder is removed.
    process: Process,
    port: u16,
    password: String,
    folder: TempDir,
}

impl PostgresServer {
    /// Makes a data folder, starts a server on it, and waits until it takes connections.
    ///
    /// # Errors
    /// PostgreSQL is not installed, cannot be run as this user, or does not become ready.
    pub fn start() -> Result<Self, RigError> {
        let missing = || RigError::Required(vec![Program::Postgres.advice()]);
        let programs = programs().ok_or_else(missing)?;
        let owner = owner()?;
        let folder = temporary_folder()?;
        give(folder.path(), owner)?;
        let password = password()?;
        make_data_folder(&programs, folder.path(), owner, &password)?;
        let port = free_port()?;
        let process = serve(&programs, folder.path(), owner, port)?;
        let mut server = Self {
            process,
            port,
            password,
            folder,
        };
        let pid_file = data(server.folder.path()).join("postmaster.pid");
        server
            .process
            .wait_until("PostgreSQL", START, || is_ready(&pid_file))?;
        Ok(server)
    }

    /// Where Prefect finds its database, for `PREFECT_SERVER_DATABASE_CONNECTION_URL`.
    #[must_use]
    pub fn connection_url(&self) -> String {
        let Self { password, port, .. } = self;
        format!("postgresql+asyncpg://{USER}:{password}@127.0.0.1:{port}/postgres")
    }

    /// Lets it run on; its process and its folder.
    pub(crate) fn leave(self) -> (crate::process::Group, PathBuf) {
        (self.process.leave(), self.folder.keep())
    }
}

/// Unpacks Debian's PostgreSQL if none is installed.
///
/// # Errors
/// This is not Debian, or its packages cannot be fetched.
pub fn install_postgres(root: &Path) -> Result<(), RigError> {
    if programs().is_some() {
        return Ok(());
    }
    unpack("postgresql", &["postgresql"], root)?;
    for name in PROGRAMS {
        let launcher = folder(root).join("postgresql").join(name);
        write_launcher(&launcher, &format!("usr/lib/postgresql/*/bin/{name}"))?;
    }
    Ok(())
}

/// The folder with `postgres` and `initdb`: of PATH, else the newest where Debian has them, else what was unpacked.
pub(crate) fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let of_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut of_debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    of_debian.sort();
    let of_debian = of_debian.into_iter().rev().map(|(_, folder)| folder);
    of_path
        .into_iter()
        .chain(of_debian)
        .chain([folder(&root()).join("postgresql")])
        .find(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()))
}

/// A user's id and that of its group.
type Owner = (u32, u32);

/// As whom to run it: PostgreSQL refuses to run as root.
fn owner() -> Result<Option<Owner>, RigError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("nobody:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    ids.map(Some).ok_or(RigError::NoUnprivilegedUser)
}

fn program(path: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(path);
    if let Some((user, group)) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn give(path: &Path, owner: Option<Owner>) -> Result<(), RigError> {
    let Some((user, group)) = owner else {
        return Ok(());
    };
    chown(path, Some(user), Some(group)).map_err(|source| RigError::File {
        path: path.to_owned(),
        source,
    })
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn make_data_folder(
    programs: &Path,
    folder: &Path,
    owner: Option<Owner>,
    password: &str,
) -> Result<(), RigError> {
    let secret = folder.join("password");
    let file = |source| RigError::File {
        path: secret.clone(),
        source,
    };
    fs::write(&secret, password).map_err(file)?;
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).map_err(file)?;
    give(&secret, owner)?;
    let mut command = program(&programs.join("initdb"), owner);
    command
        .args(["--no-sync", "--encoding=UTF8", "--locale=C"])
        .args(["--auth=scram-sha-256", "--username", USER, "--pwfile"])
        .arg(&secret)
        .arg("--pgdata")
        .arg(data(folder))
        .current_dir(folder)
        .stdin(Stdio::null());
    let output = command.output().map_err(|source| RigError::Missing {
        program: "initdb".to_owned(),
        install: "install PostgreSQL",
        source,
    })?;
    fs::remove_file(&secret).map_err(file)?;
    if output.status.success() {
        return Ok(());
    }
    Err(RigError::NotReady {
        what: "PostgreSQL".to_owned(),
        reason: format!("initdb failed: {}", output.status),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

fn serve(
    programs: &Path,
    folder: &Path,
    owner: Option<Owner>,
    port: u16,
) -> Result<Process, RigError> {
    let mut command = program(&programs.join("postgres"), owner);
    command
        .arg("-D")
        .arg(data(folder))
        .args(["-p", &port.to_string()])
        .args(SETTINGS.iter().flat_map(|setting| ["-c", setting]))
        .current_dir(folder);
    Process::start(&mut command, Ending::Interrupt, &folder.join("server.log"))
}

/// Whether the lock file's eighth line says so, as `pg_ctl` reads it.
fn is_ready(pid_file: &Path) -> bool {
    let text = fs::read_to_string(pid_file).unwrap_or_default();
    text.lines()
        .nth(7)
        .is_some_and(|status| status.trim() == "ready")
}

fn password() -> Result<String, RigError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 16];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|source| RigError::File {
            path: path.to_owned(),
            source,
        })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
