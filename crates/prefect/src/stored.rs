//! Values that people keep on the server for runs to read: variables and secret blocks.

use serde_json::Value;

use crate::request::Request;
use crate::{Client, Error};

impl Client {
    /// The value of a variable (`GET /variables/name/{name}`), or `None`; a text on 2.x, any JSON on 3.x.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn variable(&self, name: &str) -> Result<Option<Value>, Error> {
        let attempted = format!("read variable `{name}`");
        let request = Request::get(&["variables", "name", name], attempted);
        let found: Option<Value> = self.fetch_optional(request).await?;
        Ok(found.map(|mut found| found["value"].take()))
    }

    /// The value of a block of type `secret` (`GET /block_types/slug/secret/block_documents/name/{name}`), or `None`; a
    /// text, and on 3.x any JSON.
    ///
    /// # Errors
    /// The server cannot be reached or refuses.
    pub async fn secret_block(&self, name: &str) -> Result<Option<Value>, Error> {
        let attempted = format!("read secret block `{name}`");
        let path = [
            "block_types",
            "slug",
            "secret",
            "block_documents",
            "name",
            name,
        ];
        let request = Request::get(&path, attempted).query("include_secrets", "true");
        // Read as plain JSON: the error of a typed reading could quote the value.
        let found: Option<Value> = self.fetch_optional(request).await?;
        Ok(found.map(|mut found| found["data"]["value"].take()))
    }
}
