//! Reading a filter page by page.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::request::Request;
use crate::{Client, Error};

/// Entries in a page, and ids or names in one filter: the largest `limit` that Prefect's filters take, and a number
/// of ids that does not hold the server up.
pub(crate) const PAGE: usize = 200;

impl Client {
    /// All results of a filter; `filter` is its body without `limit` and `offset`.
    pub(crate) async fn pages<T: DeserializeOwned>(
        &self,
        path: &[&str],
        attempted: &str,
        filter: &Value,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        loop {
            let mut body = filter.clone();
            body["limit"] = json!(PAGE);
            body["offset"] = json!(all.len());
            let page: Vec<T> = self
                .fetch(Request::filter(path, attempted).json(&body))
                .await?;
            let last = page.len() < PAGE;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }
}
