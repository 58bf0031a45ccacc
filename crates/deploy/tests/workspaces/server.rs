//! What is registered in the embedded server, read through its API.

use std::collections::BTreeMap;
use std::path::Path;

use longshore_embedded::Embedded;
use longshore_prefect::{
    Authentication, Client, ClientOptions, Deployment, DeploymentFilter, Secret,
};

/// The deployments by name, with their ids, schedules and times of change.
pub(crate) fn deployments(state: &Path) -> BTreeMap<String, Deployment> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let embedded = Embedded::open(state).expect("the workspace's database");
        let server = embedded.serve().await.expect("a free port");
        let client = Client::new(ClientOptions {
            authentication: Authentication::AuthString(Secret::new(server.auth_string())),
            ..ClientOptions::new(server.api_url())
        });
        let client = client.expect("a client");
        let all = client.deployments(&DeploymentFilter::default()).await;
        server.shutdown().await;
        let all = all.expect("the deployments").into_iter();
        all.map(|deployment| (deployment.name.clone(), deployment))
            .collect()
    })
}
