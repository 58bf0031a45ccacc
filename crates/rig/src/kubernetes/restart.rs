//! Restart of the API server, as in an upgrade of a control plane.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{INSTALL, Kubernetes, START, kubeconfig, place, remains, succeeds};
use crate::error::RigError;
use crate::process::{Ending, Group, Process};

const API_SERVER: &str = "kube-apiserver";

/// Stopped API server.
#[derive(Debug)]
#[must_use = "the cluster needs it"]
pub struct StoppedApiServer {
    kubernetes: Kubernetes,
    arguments: Vec<String>,
    /// All processes of the cluster, and which of them it was.
    groups: Vec<Group>,
    at: usize,
}

impl Kubernetes {
    /// Returns whether it is the cluster of this repository, whose processes run on this machine.
    #[must_use]
    pub fn is_of_rig(&self) -> bool {
        self.kubeconfig() == kubeconfig(&place())
    }

    /// Stops the API server; pods continue.
    ///
    /// # Errors
    /// This repository's cluster does not run, or the API server does not end.
    pub fn stop_api_server(&self) -> Result<StoppedApiServer, RigError> {
        let folder = place();
        let groups = remains::noted(&folder);
        let mut all = groups.iter().map(arguments).enumerate();
        let is_api_server = |words: &[String]| words.iter().any(|word| word == API_SERVER);
        let Some((at, arguments)) = all.find(|(_, words)| is_api_server(words)) else {
            return Err(RigError::Required(vec![format!(
                "the cluster of this repository does not run: {INSTALL}"
            )]));
        };
        if !groups[at].stop() {
            return Err(RigError::StillRunning {
                name: API_SERVER.to_owned(),
                state: folder,
            });
        }
        Ok(StoppedApiServer {
            kubernetes: self.clone(),
            arguments,
            groups,
            at,
        })
    }
}

impl StoppedApiServer {
    /// Starts it with the same arguments.
    ///
    /// # Errors
    /// It does not start or become ready.
    pub fn start(mut self) -> Result<(), RigError> {
        let folder = place();
        let mut words = self.arguments.iter();
        let mut command = Command::new(words.next().map_or(API_SERVER, String::as_str));
        command.args(words);
        let log = folder.join("logs/kube-apiserver-again.log");
        let mut process = Process::start(&mut command, Ending::Terminate, &log)?;
        self.groups[self.at] = process.group();
        remains::note(&folder, &self.groups)?;
        let ready = || succeeds(self.kubernetes.kubectl().args(["get", "--raw", "/readyz"]));
        process.wait_until(API_SERVER, START, ready)?;
        // It is stopped with the cluster.
        process.leave();
        Ok(())
    }
}

/// Program and arguments of a group's first process; empty if it has ended.
fn arguments(group: &Group) -> Vec<String> {
    let line = fs::read(
        Path::new("/proc")
            .join(group.id().to_string())
            .join("cmdline"),
    );
    let line = String::from_utf8_lossy(&line.unwrap_or_default()).into_owned();
    let arguments = line.split_terminator('\0').map(str::to_owned);
    arguments.collect()
}
