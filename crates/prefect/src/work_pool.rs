//! Work pools and their queues: where workers take runs from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::request::Request;
use crate::{Client, Error};

/// A work pool as the server has stored it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct WorkPool {
    /// Its identity.
    pub id: Uuid,
    /// Its name, unique on the server.
    pub name: String,
    /// What its workers start: `process`, `kubernetes`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// `job_configuration` and `variables`, or an empty object.
    #[serde(default, deserialize_with = "crate::read::null_as_default")]
    pub base_job_template: Value,
    /// Whether it hands out no runs for now.
    #[serde(default)]
    pub is_paused: bool,
    /// How many of its runs may be pending or running at once.
    #[serde(default)]
    pub concurrency_limit: Option<u32>,
    /// `READY` if a worker is online, else `NOT_READY` or `PAUSED`.
    #[serde(default)]
    pub status: Option<String>,
}

/// A work pool to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WorkPoolWrite {
    /// Its name; one that begins with `prefect` is refused.
    pub name: String,
    /// What its workers start: `process`, `kubernetes`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// `job_configuration` and `variables`; an empty object is allowed.
    pub base_job_template: Value,
    /// A sentence for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How many of its runs may be pending or running at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_limit: Option<u32>,
}

/// A queue of a work pool.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WorkQueue {
    /// Its identity.
    pub id: Uuid,
    /// Its name, unique in the pool.
    pub name: String,
    /// Whether it hands out no runs for now.
    #[serde(default)]
    pub is_paused: bool,
    /// Its rank: 1 is served first.
    #[serde(default)]
    pub priority: Option<u32>,
    /// How many of its runs may be pending or running at once.
    #[serde(default)]
    pub concurrency_limit: Option<u32>,
}

impl Client {
    /// The work pool of this name, or `None` (`POST /work_pools/filter`, which takes every name there can be).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn work_pool(&self, name: &str) -> Result<Option<WorkPool>, Error> {
        let filter = json!({ "work_pools": { "name": { "any_": [name] } } });
        let attempted = format!("read work pool `{name}`");
        let mut pools: Vec<WorkPool> = self
            .pages(&["work_pools", "filter"], &attempted, &filter)
            .await?;
        Ok(pools.pop())
    }

    /// All work pools (`POST /work_pools/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn work_pools(&self) -> Result<Vec<WorkPool>, Error> {
        self.pages(&["work_pools", "filter"], "read work pools", &json!({}))
            .await
    }

    /// Makes a work pool with a queue `default` (`POST /work_pools/`).
    ///
    /// # Errors
    /// The server cannot be reached, refuses name or template, or has a pool of this name already (409).
    pub async fn create_work_pool(&self, pool: &WorkPoolWrite) -> Result<WorkPool, Error> {
        let attempted = format!("create work pool `{}`", pool.name);
        match self
            .fetch(Request::post(&["work_pools", ""], attempted).json(pool))
            .await
        {
            Err(error) if error.status() == Some(409) && error.answer_was_lost() => {
                self.work_pool(&pool.name).await?.ok_or(error)
            }
            answer => answer,
        }
    }

    /// Replaces the job template of a work pool (`PATCH /work_pools/{name}`).
    ///
    /// # Errors
    /// The server cannot be reached, refuses the template, or there is no such pool.
    pub async fn update_job_template(&self, pool: &str, template: &Value) -> Result<(), Error> {
        let attempted = format!("update the job template of work pool `{pool}`");
        let body = json!({ "base_job_template": template });
        self.act(Request::patch(&["work_pools", pool], attempted).json(&body))
            .await
    }

    /// The job template that Prefect ships for a type of work pool, or `None`
    /// (`GET /collections/views/aggregate-worker-metadata`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn worker_template(&self, kind: &str) -> Result<Option<Value>, Error> {
        let path = ["collections", "views", "aggregate-worker-metadata"];
        let request = Request::get(&path, "read the job templates of Prefect's workers");
        let collections: Option<Map<String, Value>> = self.fetch_optional(request).await?;
        let collections = collections.unwrap_or_default();
        let found = collections.values().find_map(|workers| workers.get(kind));
        let template = found.map(|worker| worker["default_base_job_configuration"].clone());
        Ok(template.filter(Value::is_object))
    }

    /// The queues of a work pool (`POST /work_pools/{pool}/queues/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or there is no such pool.
    pub async fn work_queues(&self, pool: &str) -> Result<Vec<WorkQueue>, Error> {
        let attempted = format!("read the queues of work pool `{pool}`");
        self.pages(
            &["work_pools", pool, "queues", "filter"],
            &attempted,
            &json!({}),
        )
        .await
    }

    /// Makes a queue in a work pool (`POST /work_pools/{pool}/queues`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses, there is no such pool, or it has a queue of this name already (409).
    pub async fn create_work_queue(&self, pool: &str, queue: &str) -> Result<WorkQueue, Error> {
        let attempted = format!("create queue `{queue}` in work pool `{pool}`");
        let request = Request::post(&["work_pools", pool, "queues"], attempted)
            .json(&json!({ "name": queue }));
        match self.fetch(request).await {
            Err(error) if error.status() == Some(409) && error.answer_was_lost() => {
                let queues = self.work_queues(pool).await?;
                queues
                    .into_iter()
                    .find(|stored| stored.name == queue)
                    .ok_or(error)
            }
            answer => answer,
        }
    }
}
