//! The page of a list.

use crate::error::ApiError;

/// The largest page.
const LARGEST_LIMIT: i64 = 200;

/// The page of a list that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    limit: usize,
    offset: usize,
}

impl Page {
    /// Checks `limit` and `offset`.
    pub(crate) fn new(limit: Option<i64>, offset: Option<i64>) -> Result<Self, ApiError> {
        let limit = limit.unwrap_or(LARGEST_LIMIT);
        if limit > LARGEST_LIMIT {
            return Err(ApiError::unprocessable(
                "Invalid limit: must be less than or equal to 200.",
            ));
        }
        let not_negative = |name: &str, value: i64| {
            usize::try_from(value).map_err(|_| {
                ApiError::invalid(&[name], "Input should be greater than or equal to 0")
            })
        };
        Ok(Self {
            limit: not_negative("limit", limit)?,
            offset: not_negative("offset", offset.unwrap_or(0))?,
        })
    }

    /// Number of entries up to the end of the page.
    pub(crate) fn end(self) -> usize {
        self.offset.saturating_add(self.limit)
    }

    /// Reads the entries up to the end of the page, and returns those of the page.
    pub(crate) fn read<T>(
        self,
        entries: impl IntoIterator<Item = Result<T, ApiError>>,
    ) -> Result<Vec<T>, ApiError> {
        let mut page = Vec::new();
        for (number, entry) in entries.into_iter().take(self.end()).enumerate() {
            let entry = entry?;
            if number >= self.offset {
                page.push(entry);
            }
        }
        Ok(page)
    }

    pub(crate) fn of<T>(self, list: Vec<T>) -> Vec<T> {
        list.into_iter()
            .skip(self.offset)
            .take(self.limit)
            .collect()
    }
}
