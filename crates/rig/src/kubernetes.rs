//! A Kubernetes cluster of one node on this machine: etcd, API server, controllers, scheduler, kubelet, containerd.
//!
//! All servers listen on free loopback ports. Pods have the network of the machine, so that they reach the Prefect server
//! and Azurite of a test, unless their namespace has the label `longshore.test/network=pod`.

mod access;
mod binary;
mod certificates;
mod configuration;
mod image;
mod remains;
mod restart;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::command::checked;
use crate::environment::{folder, root};
use crate::error::RigError;
use crate::process::{Ending, Group, Process};
use crate::server::free_port;

pub use access::{Kubernetes, Namespace};
use binary::Programs;
pub use binary::install_kubernetes;
use certificates::Certificates;
pub use restart::StoppedApiServer;

/// Variable that names the kubeconfig of the cluster for the tests.
pub(crate) const KUBECONFIG: &str = "LONGSHORE_TEST_KUBECONFIG";

/// Variable with the command that loads an image archive into the cluster's nodes; the path of the archive follows it.
pub(crate) const LOAD_IMAGE: &str = "LONGSHORE_TEST_LOAD_IMAGE";

/// Name of the image that holds the namespaces of a pod.
const PAUSE: &str = "longshore.test/pause:1";

/// Names and values of environment variables.
type Environment = Vec<(&'static str, PathBuf)>;

/// File in the folder of a cluster that was left running.
const STANDING: &str = "standing";

/// What to do if a program of the cluster does not start.
const INSTALL: &str = "run `cargo xtask rig up kubernetes`, which installs what the cluster needs";

/// Longest time until a server answers on a busy machine.
const START: Duration = Duration::from_secs(120);

/// Whether the environment names a cluster for the tests.
#[must_use]
pub fn names_kubernetes() -> bool {
    std::env::var_os(KUBECONFIG).is_some()
}

/// Why the cluster cannot run on this machine, in one line; `None` where it can.
#[must_use]
pub fn why_no_kubernetes() -> Option<String> {
    let reason = if !cfg!(target_os = "linux") {
        "this system is not Linux"
    } else if !rustix::process::geteuid().is_root() {
        "this user is not root"
    } else if !binary::has_go() {
        "Go 1.24 or newer is not installed"
    } else {
        return None;
    };
    Some(format!(
        "the Kubernetes tests do not run, because {reason}; {KUBECONFIG} names another cluster for them, and {LOAD_IMAGE} the command that loads an image archive into it"
    ))
}

/// A running cluster; it is stopped, and what it has mounted is unmounted, when this value is dropped.
#[derive(Debug)]
pub struct Cluster {
    /// In the order in which they are stopped.
    processes: Vec<Process>,
    folder: PathBuf,
    programs: Programs,
}

/// Ports of a cluster on loopback.
#[derive(Debug)]
struct Ports {
    api: u16,
    etcd: u16,
    etcd_peers: u16,
    kubelet: u16,
}

impl Ports {
    fn free() -> Result<Self, RigError> {
        Ok(Self {
            api: free_port()?,
            etcd: free_port()?,
            etcd_peers: free_port()?,
            kubelet: free_port()?,
        })
    }
}

impl Cluster {
    /// Starts the cluster of this repository, of which there is one at a time, after what an interrupted one has left is
    /// removed.
    ///
    /// # Errors
    /// It is not installed, or a server does not become ready.
    pub fn start() -> Result<Self, RigError> {
        let folder = place();
        let programs = binary::programs(&root())?;
        remains::remove(&folder)?;
        for part in ["logs", "run", "cni", "certificates"] {
            create(&folder.join(part))?;
        }
        let ports = Ports::free()?;
        Certificates::create()?.write(&folder.join("certificates"), ports.api)?;
        let mut cluster = Self {
            processes: Vec::new(),
            folder,
            programs,
        };
        cluster.start_containerd()?;
        cluster.start_control_plane(&ports)?;
        cluster.start_kubelet(&ports)?;
        Ok(cluster)
    }

    /// Variables by which tests find the cluster.
    #[must_use]
    pub fn environment(&self) -> Environment {
        environment(&self.folder, &self.programs)
    }

    /// The rights of an administrator.
    #[must_use]
    pub fn kubernetes(&self) -> Kubernetes {
        let load = self.programs.load_image(&socket(&self.folder));
        let load = load.to_string_lossy().into_owned();
        Kubernetes::new(kubeconfig(&self.folder), load)
    }

    /// Where the kubelet keeps the volumes of pods.
    #[must_use]
    pub fn kubelet_folder(&self) -> PathBuf {
        self.folder.join("kubelet/pods")
    }

    /// Variables of a cluster that was left running; `None` if there is none.
    ///
    /// # Errors
    /// Kubernetes is not installed.
    pub fn standing() -> Result<Option<Environment>, RigError> {
        let folder = place();
        if !folder.join(STANDING).exists() || !remains::runs(&folder) {
            return Ok(None);
        }
        Ok(Some(environment(&folder, &binary::programs(&root())?)))
    }

    /// Lets the cluster run after this program has ended; [`Cluster::stop_standing`] stops it.
    ///
    /// # Errors
    /// The file with its processes cannot be written.
    pub fn leave(mut self) -> Result<(), RigError> {
        let groups: Vec<Group> = self.processes.drain(..).map(Process::leave).collect();
        remains::note(&self.folder, &groups)?;
        write(&self.folder.join(STANDING), "")?;
        // Dropping it would stop it.
        std::mem::forget(self);
        Ok(())
    }

    /// Stops a cluster that was left running; `false` if there is none.
    ///
    /// # Errors
    /// A process does not end, or a folder cannot be unmounted.
    pub fn stop_standing() -> Result<bool, RigError> {
        let folder = place();
        let stands = folder.exists();
        remains::remove(&folder)?;
        Ok(stands)
    }

    fn start_containerd(&mut self) -> Result<(), RigError> {
        configuration::write_containerd(&self.folder, &self.programs)?;
        let mut containerd = self.programs.containerd();
        containerd
            .arg("--config")
            .arg(self.folder.join("containerd.toml"));
        let (programs, socket) = (self.programs.clone(), socket(&self.folder));
        self.start_server("containerd", &mut containerd, || {
            succeeds(programs.ctr(&socket).arg("version"))
        })?;
        let pause = self.folder.join("pause");
        create(&pause)?;
        copy(&self.programs.pause, &pause.join("pause"))?;
        let archive = self.folder.join("pause.tar");
        image::write_image(PAUSE, &pause, &["/pause"], &archive)?;
        access::load(&self.programs.load_image(&socket), &archive)
    }

    fn start_control_plane(&mut self, ports: &Ports) -> Result<(), RigError> {
        let folder = self.folder.clone();
        let programs = self.programs.clone();
        let answers = |path: &str| {
            let mut kubectl = programs.kubectl(&kubeconfig(&folder));
            succeeds(kubectl.args(["get", "--raw", path]))
        };
        let mut etcd = programs.kube("etcd");
        etcd.args(configuration::etcd(&folder, ports));
        self.start_server("etcd", &mut etcd, || true)?;
        let mut api = programs.kube("kube-apiserver");
        api.args(configuration::api_server(&folder, ports));
        self.start_server("kube-apiserver", &mut api, || answers("/readyz"))?;
        let mut controllers = programs.kube("kube-controller-manager");
        controllers.args(configuration::controllers(&folder));
        self.start_server("kube-controller-manager", &mut controllers, || true)?;
        let mut scheduler = programs.kube("kube-scheduler");
        scheduler.args(configuration::scheduler(&folder));
        let account = "/api/v1/namespaces/default/serviceaccounts/default";
        self.start_server("kube-scheduler", &mut scheduler, || answers(account))
    }

    fn start_kubelet(&mut self, ports: &Ports) -> Result<(), RigError> {
        configuration::write_kubelet(&self.folder, ports)?;
        let policy = self.folder.join("host-network.yaml");
        write(&policy, configuration::HOST_NETWORK)?;
        let admin = kubeconfig(&self.folder);
        let programs = self.programs.clone();
        let mut kubelet = programs.kubelet();
        kubelet.args(configuration::kubelet(&self.folder));
        self.start_server("kubelet", &mut kubelet, || {
            let mut kubectl = programs.kubectl(&admin);
            kubectl.args(["wait", "--for=condition=Ready", "--timeout=1s"]);
            succeeds(kubectl.arg("node/localhost"))
        })?;
        let mut kubectl = programs.kubectl(&admin);
        kubectl.args(["apply", "--filename"]).arg(&policy);
        checked("kubectl apply", kubectl.output(), INSTALL).map(drop)
    }

    fn start_server(
        &mut self,
        name: &str,
        command: &mut Command,
        ready: impl Fn() -> bool,
    ) -> Result<(), RigError> {
        let log = self.folder.join("logs").join(format!("{name}.log"));
        let mut process = Process::start(command, Ending::Terminate, &log)?;
        process.wait_until(name, START, ready)?;
        // The kubelet, which is started last, has to be stopped first.
        self.processes.insert(0, process);
        let groups: Vec<Group> = self.processes.iter().map(Process::group).collect();
        remains::note(&self.folder, &groups)
    }
}

impl Drop for Cluster {
    #[expect(clippy::print_stderr, reason = "the last chance to report it")]
    fn drop(&mut self) {
        if let Err(error) = remains::remove(&self.folder) {
            eprintln!("the cluster was not removed: {error}");
        }
    }
}

/// Folder of the cluster of this repository.
fn place() -> PathBuf {
    folder(&root()).join("kubernetes/cluster")
}

fn kubeconfig(folder: &Path) -> PathBuf {
    folder.join("certificates/admin.conf")
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("containerd.sock")
}

fn environment(folder: &Path, programs: &Programs) -> Environment {
    let load = programs.load_image(&socket(folder));
    vec![(KUBECONFIG, kubeconfig(folder)), (LOAD_IMAGE, load.into())]
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}

fn create(folder: &Path) -> Result<(), RigError> {
    fs::create_dir_all(folder).map_err(|source| RigError::file(folder, source))
}

fn copy(from: &Path, to: &Path) -> Result<(), RigError> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|source| RigError::file(from, source))
}

fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), RigError> {
    fs::write(path, text).map_err(|source| RigError::file(path, source))
}
