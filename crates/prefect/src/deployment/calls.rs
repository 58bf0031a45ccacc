use serde_json::{Value, json};
use uuid::Uuid;

use super::{Deployment, DeploymentUpdate, DeploymentWrite};
use crate::page::PAGE;
use crate::request::Request;
use crate::{Client, Error};

/// Which deployments to read: those to which everything that is set applies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeploymentFilter {
    /// They have all of these tags; empty for any.
    pub tags_all: Vec<String>,
    /// They have one of these names; `None` for any.
    pub names: Option<Vec<String>>,
    /// Their flow has one of these names; `None` for any.
    pub flow_names: Option<Vec<String>>,
    /// They are in this work pool; `None` for any.
    pub work_pool: Option<String>,
}

impl DeploymentFilter {
    /// The bodies of `POST /deployments/filter`: long lists of flows are cut, so that one request stays small.
    fn bodies(&self) -> Vec<Value> {
        let mut body = json!({ "sort": "NAME_ASC" });
        if !self.tags_all.is_empty() {
            body["deployments"]["tags"] = json!({ "all_": self.tags_all });
        }
        if let Some(pool) = &self.work_pool {
            body["work_pools"]["name"] = json!({ "any_": [pool] });
        }
        let bodies = chunked(vec![body], "deployments", self.names.as_deref());
        chunked(bodies, "flows", self.flow_names.as_deref())
    }
}

/// One body per body and chunk of names.
fn chunked(bodies: Vec<Value>, of: &str, names: Option<&[String]>) -> Vec<Value> {
    let Some(names) = names else { return bodies };
    let mut all = Vec::new();
    for body in bodies {
        for chunk in names.chunks(PAGE) {
            let mut body = body.clone();
            body[of]["name"] = json!({ "any_": chunk });
            all.push(body);
        }
    }
    all
}

/// What a whole write of a deployment did.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The deployment as it is now.
    pub deployment: Deployment,
    /// Whether there was none of this flow and name before; `false` as well if an earlier try of this call made it.
    pub created: bool,
}

impl Client {
    /// The deployments that the filter describes (`POST /deployments/filter`, page by page).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn deployments(&self, filter: &DeploymentFilter) -> Result<Vec<Deployment>, Error> {
        let mut all = Vec::new();
        for body in filter.bodies() {
            all.extend(
                self.pages(&["deployments", "filter"], "read deployments", &body)
                    .await?,
            );
        }
        Ok(all)
    }

    /// The deployment of this flow and name, or `None`.
    ///
    /// It asks the filter, since names such as `.` have no path of their own.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn deployment_by_name(
        &self,
        flow: &str,
        deployment: &str,
    ) -> Result<Option<Deployment>, Error> {
        let attempted = format!("read deployment `{flow}/{deployment}`");
        let body = json!({
            "flows": { "name": { "any_": [flow] } },
            "deployments": { "name": { "any_": [deployment] } },
        });
        let mut found: Vec<Deployment> = self
            .pages(&["deployments", "filter"], &attempted, &body)
            .await?;
        Ok(found.pop())
    }

    /// The deployment with this id (`GET /deployments/{id}`), or `None`.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn deployment(&self, id: Uuid) -> Result<Option<Deployment>, Error> {
        let attempted = format!("read deployment {id}");
        self.fetch_optional(Request::get(&["deployments", &id.to_string()], attempted))
            .await
    }

    /// The deployments with these ids (`POST /deployments/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn deployments_by_id(&self, ids: &[Uuid]) -> Result<Vec<Deployment>, Error> {
        let mut all = Vec::new();
        for ids in ids.chunks(PAGE) {
            let body = json!({ "deployments": { "id": { "any_": ids } }, "sort": "NAME_ASC" });
            all.extend(
                self.pages(&["deployments", "filter"], "read deployments", &body)
                    .await?,
            );
        }
        Ok(all)
    }

    /// Creates or replaces a deployment (`POST /deployments/`).
    ///
    /// What the server's version cannot store is left out; [`DeploymentWrite::unsupported_on`] names it.
    ///
    /// # Errors
    /// The server cannot be reached or refuses: no such flow (409) or work pool (404), invalid values (422).
    pub async fn write_deployment(&self, deployment: &DeploymentWrite) -> Result<Written, Error> {
        let capabilities = self.capabilities().await?;
        let attempted = format!("write deployment `{}`", deployment.name);
        let request =
            Request::post(&["deployments", ""], attempted).json(&deployment.body(capabilities));
        let (status, deployment) = self.fetch_with_status(request).await?;
        Ok(Written {
            deployment,
            created: status == 201,
        })
    }

    /// Changes the given fields of a deployment (`PATCH /deployments/{id}`).
    ///
    /// A server looks for a queue that is sent alone in all pools, and makes it in `default-agent-pool` if there is
    /// none; so the pool that the deployment is in is read and sent too.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, there is no such deployment, or its version has no such field
    /// ([`DeploymentUpdate::unsupported_on`]).
    pub async fn update_deployment(
        &self,
        id: Uuid,
        update: &DeploymentUpdate,
    ) -> Result<(), Error> {
        let attempted = format!("update deployment {id}");
        let mut update = update.clone();
        if update.work_queue_name.is_some() && update.work_pool_name.is_none() {
            update.work_pool_name = self
                .deployment(id)
                .await?
                .and_then(|stored| stored.work_pool_name);
        }
        self.act(Request::patch(&["deployments", &id.to_string()], attempted).json(&update))
            .await
    }

    /// Pauses a deployment, which deletes its scheduled runs, or lets it go on (`PATCH /deployments/{id}`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such deployment.
    pub async fn set_paused(&self, id: Uuid, paused: bool) -> Result<(), Error> {
        let update = DeploymentUpdate {
            paused: Some(paused),
            ..DeploymentUpdate::default()
        };
        let attempted = format!(
            "{} deployment {id}",
            if paused { "pause" } else { "resume" }
        );
        self.act(Request::patch(&["deployments", &id.to_string()], attempted).json(&update))
            .await
    }

    /// Deletes a deployment with its schedules and scheduled runs (`DELETE /deployments/{id}`); `false` if it was gone
    /// already.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn delete_deployment(&self, id: Uuid) -> Result<bool, Error> {
        let attempted = format!("delete deployment {id}");
        self.remove(Request::delete(
            &["deployments", &id.to_string()],
            attempted,
        ))
        .await
    }
}
