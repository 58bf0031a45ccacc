//! A stock Prefect worker.

use std::path::Path;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::environment::temporary_folder;
use crate::error::RigError;
use crate::process::{Ending, Process};
use crate::server::{PrefectServer, prefect};

/// Prefect's own worker, asking for runs every two seconds; it is stopped when this value goes away.
#[derive(Debug)]
pub struct Worker {
    process: Process,
    _home: TempDir,
}

impl Worker {
    /// Starts a worker of the server's own version for one pool.
    ///
    /// # Errors
    /// The version is not installed.
    pub fn start(server: &PrefectServer, pool: &str) -> Result<Self, RigError> {
        Self::start_with(server, pool, &[])
    }

    /// As [`Worker::start`], with variables that the worker hands on to the runs.
    ///
    /// # Errors
    /// As of [`Worker::start`].
    pub fn start_with(
        server: &PrefectServer,
        pool: &str,
        variables: &[(&str, &str)],
    ) -> Result<Self, RigError> {
        Self::start_type("process", server, pool, variables)
    }

    /// As [`Worker::start`], with Prefect's Kubernetes worker, which creates and watches jobs in one namespace with the
    /// rights of a kubeconfig.
    ///
    /// # Errors
    /// As of [`Worker::start`].
    pub fn start_kubernetes(
        server: &PrefectServer,
        pool: &str,
        kubeconfig: &Path,
        namespace: &str,
    ) -> Result<Self, RigError> {
        let kubeconfig = kubeconfig.to_string_lossy();
        let variables = [
            ("KUBECONFIG", &*kubeconfig),
            (
                "PREFECT_INTEGRATIONS_KUBERNETES_OBSERVER_NAMESPACES",
                namespace,
            ),
        ];
        Self::start_type("kubernetes", server, pool, &variables)
    }

    fn start_type(
        kind: &str,
        server: &PrefectServer,
        pool: &str,
        variables: &[(&str, &str)],
    ) -> Result<Self, RigError> {
        let home = temporary_folder()?;
        let mut command = prefect(server.version(), home.path(), &server.api_url())?;
        command
            .args(["worker", "start", "--pool", pool, "--type", kind])
            .env("PREFECT_WORKER_QUERY_SECONDS", "2")
            .envs(variables.iter().copied())
            .current_dir(home.path());
        Ok(Self {
            process: Process::start(
                &mut command,
                Ending::Terminate,
                &home.path().join("worker.log"),
            )?,
            _home: home,
        })
    }

    /// Asks the worker alone to end by SIGTERM, as a service manager does. Runs that survive it go on until this value
    /// goes away.
    pub fn stop(&mut self) {
        self.process.signal_alone(Signal::TERM);
    }

    /// As [`Worker::stop`], by SIGKILL: at once, and in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.process.signal_alone(Signal::KILL);
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.process.has_ended()
    }

    /// As [`Worker::start_with`], in the folder of a workspace, with `longshore-run` on its path and a folder for what that
    /// fetches.
    ///
    /// # Errors
    /// As of [`Worker::start`].
    pub fn start_with_runner(
        server: &PrefectServer,
        pool: &str,
        runner: &Path,
        workspace: &Path,
        cache: &Path,
        variables: &[(&str, &str)],
    ) -> Result<Self, RigError> {
        let folder = runner.parent().map(Path::to_owned);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(folder.into_iter().chain(std::env::split_paths(&path)));
        let path = path.unwrap_or_default();
        let (path, cache) = (path.to_string_lossy(), cache.to_string_lossy());
        let workspace = workspace.to_string_lossy();
        // A shell leaves the folder of its command in `PWD`.
        let mut all = vec![
            ("PATH", &*path),
            ("LONGSHORE_CACHE", &*cache),
            ("PWD", &*workspace),
        ];
        all.extend(variables);
        Self::start_with(server, pool, &all)
    }

    /// The file with its output and that of the runs that it started.
    #[must_use]
    pub fn log(&self) -> &Path {
        &self.process.log
    }
}
