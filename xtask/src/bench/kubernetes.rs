//! Comparison of runs in pods with the same flow in Python, whose image contains Prefect and the code.

mod pods;
mod report;
mod sides;

use std::path::PathBuf;

use longshore_rig::{
    AzuriteServer, Cluster, Database, Kubernetes, Namespace, PrefectServer, Program, RigError,
    Version, Worker,
};
use serde_json::json;

use super::api::Api;
use super::options;
use super::progress;
use super::side::Side;
use crate::command::{Error, root};
use pods::Pods;
use report::Report;

const USAGE: &str = "bench kubernetes [--repetitions N] [--left N]";

/// Namespace of the pods.
const NAMESPACE: &str = "bench";

/// Options of the benchmark.
#[derive(Debug, Clone, Copy)]
struct Options {
    repetitions: usize,
    left: usize,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, Error> {
        let mut options = Self {
            repetitions: 5,
            left: 100,
        };
        let numbers = &mut [
            ("--repetitions", &mut options.repetitions),
            ("--left", &mut options.left),
        ];
        options::read_numbers(words, USAGE, numbers)?;
        Ok(options)
    }
}

/// `bench kubernetes`.
pub(super) fn run(words: &[String]) -> Result<(), Error> {
    let options = Options::parse(words)?;
    if let Some(text) = longshore_rig::why_no_kubernetes() {
        return Err(Error::Measurement { text });
    }
    longshore_rig::require(&[Program::Python, Program::Node])?;
    longshore_rig::install(Version::Prefect3, &root())?;
    longshore_rig::install_azurite(&root())?;
    longshore_rig::install_kubernetes(&root())?;
    let mut site = Site::start()?;
    let mut report = Report::new(options.repetitions);
    // The first run of each side is not counted: caches are cold.
    for side in Side::ALL {
        site.life(side)?;
    }
    for round in 0..options.repetitions {
        progress(&format!("round {}", round + 1));
        let mut sides = Side::ALL;
        sides.rotate_left(round % Side::ALL.len());
        for side in sides {
            report.lives(side).push(site.life(side)?);
        }
    }
    report.left = Some(site.left(options.left)?);
    report.print();
    Ok(())
}

/// One run of the flow that waits for three seconds.
#[derive(Debug)]
struct Life {
    /// Seconds from the pod's creation to Running.
    to_running: f64,
    /// KiB that were resident at most in all processes of the pod.
    kib: f64,
    /// Seconds in which the init container fetched and verified the flow binary; 0 where there is none.
    fetch: f64,
}

/// Objects and bytes that remain after the time to live of many jobs.
#[derive(Debug)]
struct Left {
    runs: usize,
    /// Jobs and pods in the namespace.
    objects: usize,
    /// Bytes in the kubelet's folders of pods, more than before.
    bytes: u64,
}

/// A cluster and a server with a worker and the deployments of both sides.
///
/// What is in the cluster has to end before the cluster: fields are dropped in their order.
struct Site {
    api: Api,
    pods: Pods,
    _workers: [Worker; 2],
    _server: PrefectServer,
    _azurite: AzuriteServer,
    namespace: Namespace,
    kubernetes: Kubernetes,
    kubelet: PathBuf,
    _cluster: Cluster,
}

impl Site {
    fn start() -> Result<Self, Error> {
        let folder = root().join("target/bench/kubernetes");
        let cluster = Cluster::start()?;
        let kubernetes = cluster.kubernetes();
        sides::load_images(&kubernetes, &folder)?;
        let namespace = kubernetes.namespace(NAMESPACE, &[])?;
        let server = PrefectServer::start_on(Database::PostgreSql, Version::Prefect3, Vec::new())?;
        let azurite = AzuriteServer::start()?;
        let secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": { "name": "storage" },
            "stringData": { "AZURE_STORAGE_CONNECTION_STRING": azurite.connection_string() },
        });
        kubernetes.apply(&secret.to_string(), &["--namespace", NAMESPACE])?;
        sides::deploy(&folder, &server, &azurite)?;
        let worker = |side: Side| {
            let kubeconfig = kubernetes.kubeconfig();
            Worker::start_kubernetes(&server, sides::pool(side), kubeconfig, NAMESPACE)
        };
        Ok(Self {
            api: Api::new(&server.api_url()),
            pods: Pods::watch(&kubernetes, NAMESPACE)?,
            _workers: [worker(Side::Ours)?, worker(Side::Python)?],
            _server: server,
            _azurite: azurite,
            namespace,
            kubernetes,
            kubelet: cluster.kubelet_folder(),
            _cluster: cluster,
        })
    }

    fn life(&mut self, side: Side) -> Result<Life, Error> {
        let deployment = self.api.deployment(&side.flow("resting"), "bench")?;
        let run = self.api.create(&deployment, &json!({}), "SCHEDULED")?;
        let created = self.pods.created(&run)?;
        let kib = pods::most_memory(&run)?;
        let states = self.api.completed(&run)?;
        Ok(Life {
            to_running: states.running - created,
            kib,
            fetch: match side {
                Side::Ours => pods::fetch(&self.kubernetes, self.namespace.name(), &run)?,
                Side::Python => 0.0,
            },
        })
    }

    /// Runs that end at once, in jobs whose time to live is a second.
    fn left(&mut self, runs: usize) -> Result<Left, Error> {
        progress(&format!("{runs} runs"));
        let jobs = ["delete", "jobs", "--all", "--namespace", NAMESPACE];
        self.kubernetes.run(&jobs)?;
        self.wait_for_removal()?;
        let before = pods::bytes(&self.kubelet);
        let deployment = self.api.deployment("brief", "bench")?;
        let mut ids = Vec::new();
        for _ in 0..runs {
            ids.push(self.api.create(&deployment, &json!({}), "SCHEDULED")?);
        }
        for id in ids {
            self.api.completed(&id)?;
        }
        let objects = self.wait_for_removal()?;
        Ok(Left {
            runs,
            objects,
            bytes: pods::bytes(&self.kubelet).saturating_sub(before),
        })
    }

    /// Waits for the jobs' time to live; the number of jobs and pods that are there nevertheless.
    fn wait_for_removal(&self) -> Result<usize, RigError> {
        pods::wait_for_removal(&self.kubernetes, self.namespace.name())
    }
}
