//! `serve`: holds the embedded server of the workspace open and runs its flows on this machine, until it is stopped.

use std::path::Path;
use std::thread::available_parallelism;

use longshore_embedded::{Embedded, Server};
use longshore_prefect::{Client, DeploymentFilter};
use longshore_spec::Explain;
use longshore_storage::{AllowedStores, AllowedStoresError, LOCAL_STORE};
use tokio::sync::watch;

use super::{Flows, signals, steps, tell_environment};
use crate::command_line::{Output, ServeArguments};
use crate::error::Failure;
use crate::exit::Exit;
use crate::registry::problems;
use crate::report::tell;
use crate::serve::{Clock, ServeOptions, Stop, serve};
use crate::served::Publication;
use crate::storage::local_folder;
use crate::target::{ConnectError, Target, embedded_options};

/// The command cannot be carried out as it was given.
#[derive(Debug, thiserror::Error)]
enum RequestError {
    #[error(
        "{target} is a Prefect server, which has a scheduler of its own and gives its runs to workers"
    )]
    RealServer { target: String },
    #[error("the list of allowed stores cannot be used")]
    Stores(#[source] AllowedStoresError),
    #[error("`serve` has nothing to say in JSON: it shows what the runs print, as they print it")]
    Json,
}

impl Explain for RequestError {
    fn help(&self) -> Option<String> {
        let text = match self {
            Self::RealServer { .. } => {
                "start a worker for it, such as `prefect worker start --pool default --type process`; `serve` is for \
                 the embedded server, which is used where neither PREFECT_API_URL nor a profile names another"
            }
            Self::Stores(error) => return error.help(),
            Self::Json => "leave `--output json` out; `runs --output json` lists what has run",
        };
        Some(text.to_owned())
    }
}

/// Serves until it is stopped.
///
/// # Errors
/// JSON is asked for, the target is no embedded server, another process serves it, or its database cannot be used.
pub(super) async fn run(
    flows: &Flows<'_>,
    arguments: &ServeArguments,
    output: Output,
) -> Result<Exit, Failure> {
    if output == Output::Json {
        return Err(RequestError::Json.into());
    }
    // From here on a signal is a wish.
    let mut stop = stops();
    Failure::unless_empty(problems(flows.registry, flows.workspace.packages))?;
    let target = steps::target(flows.root, flows.config)?;
    tell_environment(flows.config);
    let Target::Embedded { folder } = &target else {
        let target = target.to_string();
        return Err(RequestError::RealServer { target }.into());
    };
    let stores = stores(flows)?;
    raise_file_limit();
    let opened = tokio::select! {
        biased;
        _ = stop.changed() => return Ok(Exit::Done),
        opened = open(flows.root, folder) => opened,
    };
    let (publication, server) = opened?;
    let limit = match arguments.limit {
        Some(limit) => limit.into(),
        None => available_parallelism().map_or(1, usize::from),
    };
    let options = ServeOptions {
        root: flows.root.to_owned(),
        stores,
        limit,
        declared: flows.registry.deployments.clone(),
        clock: Clock::default(),
    };
    let served = match client(&server, &target) {
        Ok(client) => {
            tell(&format!(
                "serving at {}, {limit} processes at once at the most; Ctrl-C stops",
                server.api_url()
            ));
            tell_if_empty(&client).await;
            serve(&server, client, options, stop)
                .await
                .map_err(Failure::from)
        }
        Err(error) => Err(error.into()),
    };
    // Before the server goes, so that nobody is sent to it any more.
    let withdrawn = publication.withdraw();
    server.shutdown().await;
    served?;
    drop(withdrawn?);
    tell("stopped");
    Ok(Exit::Done)
}

/// Each run takes some file descriptors, and each connection one: what the system allows is used.
#[cfg(unix)]
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // A system that refuses leaves it as it is.
    let _ = setrlimit(Resource::Nofile, raised);
}

#[cfg(not(unix))]
fn raise_file_limit() {}

/// `LONGSHORE_STORES`; without it, the local store of the workspace and the folders that the deployments name.
fn stores(flows: &Flows<'_>) -> Result<AllowedStores, RequestError> {
    let variable = |name: &str| std::env::var(name).ok();
    if let Some(listed) = AllowedStores::listed(&variable).map_err(RequestError::Stores)? {
        return Ok(listed);
    }
    let declared = flows.registry.deployments.iter().filter_map(|record| {
        let storage = flows
            .config
            .setting(record.storage.as_ref(), |of| of.storage.as_ref())?;
        local_folder(storage.value, flows.root)
    });
    let folders = std::iter::once(flows.root.join(LOCAL_STORE)).chain(declared);
    Ok(AllowedStores::of_folders(folders))
}

fn client(server: &Server, target: &Target) -> Result<Client, ConnectError> {
    Client::new(embedded_options(server)).map_err(|source| ConnectError::SetUp {
        target: target.to_string(),
        source,
    })
}

/// Somebody who begins with this command would wait for nothing.
async fn tell_if_empty(client: &Client) {
    let all = client.deployments(&DeploymentFilter::default()).await;
    if all.is_ok_and(|all| all.is_empty()) {
        tell("notice: nothing is deployed yet; run `deploy` in another terminal");
    }
}

/// Waits for a command that has the database open, then opens it and tells the others.
async fn open(root: &Path, folder: &Path) -> Result<(Publication, Server), Failure> {
    let lock = steps::lock(root).await?;
    let mut publication = Publication::take(folder).await?;
    let embedded = Embedded::open(folder).map_err(ConnectError::Open)?;
    let server = embedded.serve().await.map_err(ConnectError::Serve)?;
    publication.publish(&server)?;
    drop(lock);
    Ok((publication, server))
}

/// The first signal stops in order, a second one at once.
fn stops() -> watch::Receiver<Stop> {
    let (sender, receiver) = watch::channel(Stop::No);
    tokio::spawn(async move {
        for stop in [Stop::InOrder, Stop::AtOnce] {
            signals::received().await;
            sender.send_replace(stop);
        }
        // The receivers wait for no more.
        std::future::pending::<()>().await;
    });
    receiver
}
