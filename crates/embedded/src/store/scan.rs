//! Rows of a table in the order of their keys, read one at a time.

use std::ops::Range;

use redb::{AccessGuard, TableError};

use super::{ReadTx, Table};
use crate::damage::calling;

type Bytes = &'static [u8];

/// Rows of a range of keys; a row that is not asked for is not read.
pub(crate) struct Scan {
    /// `None` for an empty range, and for a table that does not exist.
    rows: Option<redb::Range<'static, Bytes, Bytes>>,
    last_first: bool,
}

/// A row whose bytes are still in redb's pages.
pub(crate) struct Row {
    key: AccessGuard<'static, Bytes>,
    value: AccessGuard<'static, Bytes>,
}

impl Row {
    pub(crate) fn key(&self) -> &[u8] {
        self.key.value()
    }

    pub(crate) fn value(&self) -> &[u8] {
        self.value.value()
    }
}

impl ReadTx {
    /// Returns the rows of a range of keys, in the order of the keys or in the opposite order.
    pub(crate) fn scan(
        &self,
        table: Table,
        keys: &Range<Vec<u8>>,
        last_first: bool,
    ) -> Result<Scan, redb::Error> {
        if keys.is_empty() {
            return Ok(Scan {
                rows: None,
                last_first,
            });
        }
        let rows = calling(|| match self.0.open_table(table) {
            Ok(table) => Ok(Some(
                table.range(keys.start.as_slice()..keys.end.as_slice())?,
            )),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(redb::Error::from(error)),
        })?;
        Ok(Scan { rows, last_first })
    }
}

impl Iterator for Scan {
    type Item = Result<Row, redb::Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.rows.as_mut()?;
        let row = calling(|| {
            if self.last_first {
                rows.next_back()
            } else {
                rows.next()
            }
        })?;
        #[cfg(test)]
        counter::count();
        Some(
            row.map(|(key, value)| Row { key, value })
                .map_err(redb::Error::from),
        )
    }
}

/// The first key after all keys that start with `prefix`, which must not consist of 255 alone.
pub(crate) fn after_prefix(prefix: &[u8]) -> Vec<u8> {
    let mut key = prefix.to_vec();
    while let Some(last) = key.pop() {
        if last < u8::MAX {
            key.push(last + 1);
            break;
        }
    }
    key
}

/// Counts the rows that scans of this thread have read.
#[cfg(test)]
pub(crate) mod counter {
    use std::cell::Cell;

    thread_local! {
        static ROWS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count() {
        ROWS.set(ROWS.get() + 1);
    }

    /// Returns the number of rows that `work` reads.
    pub(crate) fn rows<T>(work: impl FnOnce() -> T) -> (T, usize) {
        let before = ROWS.get();
        let result = work();
        (result, ROWS.get() - before)
    }
}

#[cfg(test)]
mod tests {
    use super::after_prefix;

    #[test]
    fn the_key_after_a_prefix_is_the_next_number() {
        assert_eq!(after_prefix(&[1, 2]), [1, 3]);
        assert_eq!(after_prefix(&[1, 255, 255]), [2]);
    }
}
