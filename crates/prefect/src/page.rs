//! Reading a filter page by page, around entries that the server cannot return.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::request::Request;
use crate::{Client, Error};

/// Entries in a page, and ids or names in one filter: the largest `limit` that Prefect's filters take, and a number
/// of ids that does not hold the server up.
pub(crate) const PAGE: usize = 200;

/// Entries of one list that are read around; a server that fails on more of them has another fault.
const MOST_UNREADABLE: usize = 8;

/// The path of the list that holds what people enter, and so what a server may store and not return.
const FLOW_RUNS: [&str; 2] = ["flow_runs", "filter"];

/// Entries of a list in order, and how far the list was read.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<T>,
    /// Offset of the first position that was not read.
    pub(crate) end: usize,
    /// Whether the list ends there.
    pub(crate) is_last: bool,
}

impl Client {
    /// All results of a filter; `filter` is its body without `limit` and `offset`.
    pub(crate) async fn pages<T: DeserializeOwned>(
        &self,
        path: &[&str],
        attempted: &str,
        filter: &Value,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        let mut offset = 0;
        loop {
            let page = self.page(path, attempted, filter, offset, PAGE).await?;
            all.extend(page.entries);
            offset = page.end;
            if page.is_last {
                return Ok(all);
            }
        }
    }

    /// Up to `size` results of a filter from `offset` on.
    ///
    /// A server answers 500 to a list if it cannot write one of its entries, such as a run with a whole number above
    /// 2^63-1 in its parameters. The page is halved until that entry is alone; it is left out, and the user is told.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        path: &[&str],
        attempted: &str,
        filter: &Value,
        offset: usize,
        size: usize,
    ) -> Result<Page<T>, Error> {
        let mut page = Page {
            entries: Vec::new(),
            end: offset,
            is_last: false,
        };
        let mut unreadable = 0;
        let mut parts = vec![size];
        while let Some(part) = parts.pop() {
            let mut body = filter.clone();
            body["limit"] = json!(part);
            body["offset"] = json!(page.end);
            let request = Request::filter(path, attempted).json(&body);
            match self.fetch::<Vec<T>>(request).await {
                Ok(entries) => {
                    page.is_last = entries.len() < part;
                    page.end += entries.len();
                    page.entries.extend(entries);
                    if page.is_last {
                        break;
                    }
                }
                Err(error) if error.status() != Some(500) || unreadable == MOST_UNREADABLE => {
                    return Err(error);
                }
                Err(_) if part > 1 => parts.extend([part - part / 2, part / 2]),
                Err(error) => {
                    unreadable += 1;
                    self.report_unreadable(path, filter, page.end, &error).await;
                    page.end += 1;
                }
            }
        }
        Ok(page)
    }

    async fn report_unreadable(&self, path: &[&str], filter: &Value, at: usize, error: &Error) {
        let entry = match self.id_of(path, filter, at).await {
            Some(id) => format!(
                "flow run {id} is missing in what is shown: the server cannot return it. Its parameters may have a whole \
                 number above 2^63-1; delete the run, or change them in the server's database"
            ),
            None => format!("entry {} of a list is missing in what is shown", at + 1),
        };
        self.notice(&format!("{entry} ({error})"));
    }

    /// The id of an entry of a list that the server cannot return (`POST /ui/flow_runs/history`, which has no parameters).
    async fn id_of(&self, path: &[&str], filter: &Value, at: usize) -> Option<Uuid> {
        #[derive(Deserialize)]
        struct Entry {
            id: Uuid,
        }
        if path != FLOW_RUNS {
            return None;
        }
        let mut body = filter.clone();
        body["limit"] = json!(1);
        body["offset"] = json!(at);
        let request = Request::filter(&["ui", "flow_runs", "history"], "name a flow run");
        let entries: Vec<Entry> = self.fetch(request.json(&body)).await.ok()?;
        entries.first().map(|entry| entry.id)
    }
}
