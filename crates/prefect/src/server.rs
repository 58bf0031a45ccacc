//! What a server says about itself.

use crate::capabilities::Capabilities;
use crate::request::Request;
use crate::{Client, Error, Failure};

impl Client {
    /// Whether the server answers (`GET /health`, which needs no key).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn health(&self) -> Result<bool, Error> {
        self.fetch(Request::get(&["health"], "ask for the server's health"))
            .await
    }

    /// The server's version, such as `3.8.8` (`GET /admin/version`).
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn version(&self) -> Result<String, Error> {
        self.fetch(Request::get(
            &["admin", "version"],
            "read the server's version",
        ))
        .await
    }

    /// What the server can do; it is asked once per client, and Prefect Cloud not at all.
    ///
    /// # Errors
    /// The server cannot be reached or refuses, or its version is not one that the client can work with.
    pub async fn capabilities(&self) -> Result<&Capabilities, Error> {
        self.capabilities_cell()
            .get_or_try_init(|| self.ask_capabilities())
            .await
    }

    async fn ask_capabilities(&self) -> Result<Capabilities, Error> {
        if self.is_cloud() {
            return Ok(Capabilities::cloud());
        }
        let request = Request::get(&["admin", "version"], "read the server's version");
        let version: String = self.fetch(request.clone()).await?;
        version
            .parse()
            .map_err(|source| self.local_error(&request, Failure::Version(source)))
    }
}
