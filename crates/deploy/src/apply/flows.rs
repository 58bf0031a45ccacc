//! The flows that an apply needs, each asked for once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use longshore_prefect::{Client, Error};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// The ids of flows by name, as far as they are known.
#[derive(Default)]
pub(super) struct Flows(Mutex<BTreeMap<String, Arc<OnceCell<Uuid>>>>);

impl Flows {
    /// The id of the flow, which is made if it is not there; who comes meanwhile waits for the same answer.
    ///
    /// # Errors
    /// The server cannot be reached or refuses; the next one asks again.
    pub(super) async fn id(&self, client: &Client, name: &str) -> Result<Uuid, Error> {
        let cell = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(name.to_owned()).or_default())
        };
        let id = cell.get_or_try_init(async || Ok(client.upsert_flow(name, &[]).await?.id));
        id.await.copied()
    }
}
