//! Flows: a name that deployments and runs belong to.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::page::PAGE;
use crate::request::Request;
use crate::{Client, Error};

/// A flow as the server has stored it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Flow {
    /// Its identity.
    pub id: Uuid,
    /// Its name, unique on the server.
    pub name: String,
    /// Its tags.
    #[serde(default, deserialize_with = "crate::read::null_as_default")]
    pub tags: Vec<String>,
}

impl Client {
    /// The flow of this name, made if there is none (`POST /flows/`); tags of an existing flow are not changed.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the name (`/ % & < >`).
    pub async fn upsert_flow(&self, name: &str, tags: &[String]) -> Result<Flow, Error> {
        let request = Request::post(&["flows", ""], format!("register flow `{name}`"));
        self.fetch(request.json(&json!({ "name": name, "tags": tags })))
            .await
    }

    /// The flows that have one of these names (`POST /flows/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn flows_by_name(&self, names: &[&str]) -> Result<Vec<Flow>, Error> {
        let mut flows = Vec::new();
        for names in names.chunks(PAGE) {
            let filter = json!({ "flows": { "name": { "any_": names } }, "sort": "NAME_ASC" });
            flows.extend(
                self.pages(&["flows", "filter"], "read flows", &filter)
                    .await?,
            );
        }
        Ok(flows)
    }

    /// The flows with these ids (`POST /flows/filter`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn flows_by_id(&self, ids: &[Uuid]) -> Result<Vec<Flow>, Error> {
        let mut flows = Vec::new();
        for ids in ids.chunks(PAGE) {
            let filter = json!({ "flows": { "id": { "any_": ids } }, "sort": "NAME_ASC" });
            flows.extend(
                self.pages(&["flows", "filter"], "read flows", &filter)
                    .await?,
            );
        }
        Ok(flows)
    }

    /// The flow with this id (`GET /flows/{id}`), or `None`.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn flow(&self, id: Uuid) -> Result<Option<Flow>, Error> {
        self.fetch_optional(Request::get(
            &["flows", &id.to_string()],
            format!("read flow {id}"),
        ))
        .await
    }
}
