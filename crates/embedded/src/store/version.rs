//! The version of a database, and the step from the former one.

use redb::{Database, ReadTransaction, TableError};

use super::{META, Record as _, bytes_of, entries_of};
use crate::model::{FlowRun, UNFINISHED_RUNS};

/// The version of the tables and rows; raise it with every change that an older program would misread.
pub(crate) const VERSION: u64 = 2;

/// The version before runs that have not ended were found by an index; it is brought up to date when it is opened.
pub(crate) const WITHOUT_UNFINISHED: u64 = 1;

const VERSION_KEY: &[u8] = b"version";

/// The version in a database, `None` if it holds none.
pub(crate) fn version(transaction: &ReadTransaction) -> Result<Option<u64>, redb::Error> {
    let table = match transaction.open_table(META) {
        Ok(table) => table,
        Err(TableError::TableDoesNotExist(_)) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let bytes = bytes_of(&table, VERSION_KEY)?;
    Ok(bytes.and_then(|bytes| Some(u64::from_be_bytes(bytes.try_into().ok()?))))
}

/// Writes the version into an empty database.
pub(crate) fn initialise(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction
        .open_table(META)?
        .insert(VERSION_KEY, VERSION.to_be_bytes().as_slice())?;
    transaction.commit()?;
    Ok(())
}

/// Makes the index of runs that have not ended, in a database of the version before it.
pub(crate) fn index_unfinished(database: &Database) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let runs = transaction.open_table(FlowRun::TABLE)?;
        let mut unfinished = transaction.open_table(UNFINISHED_RUNS)?;
        for (id, bytes) in entries_of(&runs, &[])? {
            // One that cannot be read cannot be run either.
            let run: Option<FlowRun> = serde_json::from_slice(&bytes).ok();
            if let Some(key) = run.and_then(|run| run.unfinished_key()) {
                unfinished.insert(key.as_slice(), id.as_slice())?;
            }
        }
        transaction
            .open_table(META)?
            .insert(VERSION_KEY, VERSION.to_be_bytes().as_slice())?;
    }
    transaction.commit()?;
    Ok(())
}
