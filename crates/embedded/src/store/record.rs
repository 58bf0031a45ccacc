use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Reading, Table, WriteTx};
use crate::error::ApiError;

/// A row that is stored as JSON under its id.
pub(crate) trait Record: Serialize + DeserializeOwned {
    const TABLE: Table;

    fn id(&self) -> Uuid;
}

/// A table from names to ids.
#[derive(Clone, Copy)]
pub(crate) struct Index(pub(crate) Table);

/// The key of several parts: each with its length before it, so that no two lists of parts share a key.
pub(crate) fn key(parts: &[&[u8]]) -> Vec<u8> {
    let mut key = Vec::new();
    for part in parts {
        key.extend_from_slice(&(part.len() as u64).to_be_bytes());
        key.extend_from_slice(part);
    }
    key
}

/// Typed access, for every kind of transaction.
pub(crate) trait ReadingRecords: Reading {
    fn find<T: Record>(&self, id: Uuid) -> Result<Option<T>, ApiError> {
        self.bytes(T::TABLE, id.as_bytes())?
            .map(|bytes| Ok(serde_json::from_slice(&bytes)?))
            .transpose()
    }

    fn all<T: Record>(&self) -> Result<Vec<T>, ApiError> {
        self.entries(T::TABLE, &[])?
            .into_iter()
            .map(|(_, bytes)| Ok(serde_json::from_slice(&bytes)?))
            .collect()
    }

    /// Returns the records with these ids, each once, or all records; in the order of their ids.
    fn with_ids<T: Record>(&self, ids: Option<&[Uuid]>) -> Result<Vec<T>, ApiError> {
        let Some(ids) = ids else {
            return self.all();
        };
        let ids: BTreeSet<Uuid> = ids.iter().copied().collect();
        let found = ids.into_iter().map(|id| self.find(id));
        found.filter_map(Result::transpose).collect()
    }

    /// The id that the index has for these parts.
    fn id_of(&self, index: Index, parts: &[&[u8]]) -> Result<Option<Uuid>, ApiError> {
        let bytes = self.bytes(index.0, &key(parts))?;
        Ok(bytes.and_then(|bytes| Uuid::from_slice(&bytes).ok()))
    }

    /// The ids that the index has under keys that begin with these parts.
    fn ids_under(&self, index: Index, parts: &[&[u8]]) -> Result<Vec<Uuid>, ApiError> {
        let entries = self.entries(index.0, &key(parts))?;
        Ok(entries
            .iter()
            .filter_map(|(_, bytes)| Uuid::from_slice(bytes).ok())
            .collect())
    }

    fn find_by<T: Record>(&self, index: Index, parts: &[&[u8]]) -> Result<Option<T>, ApiError> {
        match self.id_of(index, parts)? {
            Some(id) => self.find(id),
            None => Ok(None),
        }
    }
}

impl<R: Reading> ReadingRecords for R {}

impl WriteTx {
    pub(crate) fn put<T: Record>(&mut self, record: &T) -> Result<(), ApiError> {
        Ok(self.insert(
            T::TABLE,
            record.id().as_bytes(),
            &serde_json::to_vec(record)?,
        )?)
    }

    pub(crate) fn remove<T: Record>(&mut self, id: Uuid) -> Result<(), ApiError> {
        Ok(self.delete(T::TABLE, id.as_bytes())?)
    }

    pub(crate) fn index(
        &mut self,
        index: Index,
        parts: &[&[u8]],
        id: Uuid,
    ) -> Result<(), ApiError> {
        Ok(self.insert(index.0, &key(parts), id.as_bytes())?)
    }

    pub(crate) fn unindex(&mut self, index: Index, parts: &[&[u8]]) -> Result<(), ApiError> {
        Ok(self.delete(index.0, &key(parts))?)
    }
}
