//! Rows as JSON in redb: tables by id, and indexes by name.

mod record;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{
    Database, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableError,
    WriteTransaction,
};
use tokio::sync::oneshot;

use crate::error::ApiError;
use crate::open::{WriteHook, WritePhase};

pub(crate) use record::{Index, ReadingRecords, Record, key};

/// The version of the tables and rows; raise it with every change that an older program would misread.
pub(crate) const VERSION: u64 = 1;

/// Every table maps bytes to bytes: ids or joined names to JSON or ids.
pub(crate) type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// A key and its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

const META: Table = TableDefinition::new("meta");
const VERSION_KEY: &[u8] = b"version";

/// What a transaction can be asked, whether it writes or not.
pub(crate) trait Reading {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error>;

    /// All entries whose key begins with `prefix`, in the order of their keys.
    fn entries(&self, table: Table, prefix: &[u8]) -> Result<Vec<Entry>, redb::Error>;
}

/// A transaction that only reads.
pub(crate) struct ReadTx(ReadTransaction);

/// A transaction that may write; nothing is stored unless something changed and the request succeeds.
pub(crate) struct WriteTx {
    inner: WriteTransaction,
    changed: bool,
}

impl Reading for ReadTx {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        match self.0.open_table(table) {
            Ok(table) => bytes_of(&table, key),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn entries(&self, table: Table, prefix: &[u8]) -> Result<Vec<Entry>, redb::Error> {
        match self.0.open_table(table) {
            Ok(table) => entries_of(&table, prefix),
            Err(TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Reading for WriteTx {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        bytes_of(&self.inner.open_table(table)?, key)
    }

    fn entries(&self, table: Table, prefix: &[u8]) -> Result<Vec<Entry>, redb::Error> {
        entries_of(&self.inner.open_table(table)?, prefix)
    }
}

impl WriteTx {
    pub(crate) fn insert(
        &mut self,
        table: Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), redb::Error> {
        self.inner.open_table(table)?.insert(key, value)?;
        self.changed = true;
        Ok(())
    }

    pub(crate) fn delete(&mut self, table: Table, key: &[u8]) -> Result<(), redb::Error> {
        self.inner.open_table(table)?.remove(key)?;
        self.changed = true;
        Ok(())
    }
}

fn bytes_of(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    key: &[u8],
) -> Result<Option<Vec<u8>>, redb::Error> {
    Ok(table.get(key)?.map(|value| value.value().to_vec()))
}

fn entries_of(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    prefix: &[u8],
) -> Result<Vec<Entry>, redb::Error> {
    let mut entries = Vec::new();
    for entry in table.range(prefix..)? {
        let (key, value) = entry?;
        if !key.value().starts_with(prefix) {
            break;
        }
        entries.push((key.value().to_vec(), value.value().to_vec()));
    }
    Ok(entries)
}

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

/// The open database, shared by all requests.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    on_write: Option<WriteHook>,
    commits: AtomicU64,
    /// Dropped after the database, which is closed then.
    _closed: oneshot::Sender<()>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// The store, and what ends once the last clone of it is gone and the database's file is closed.
    pub(crate) fn new(
        database: Database,
        on_write: Option<WriteHook>,
    ) -> (Self, oneshot::Receiver<()>) {
        let (sender, closed) = oneshot::channel();
        let inner = Arc::new(Inner {
            database,
            on_write,
            commits: AtomicU64::new(0),
            _closed: sender,
        });
        (Self { inner }, closed)
    }

    /// Runs a request that only reads, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        request: impl FnOnce(&ReadTx) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let transaction = inner.database.begin_read().map_err(redb::Error::from)?;
            request(&ReadTx(transaction))
        })
        .await
    }

    /// Runs a request in a transaction of its own, on a thread that may block.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut WriteTx) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let transaction = inner.database.begin_write().map_err(redb::Error::from)?;
            let mut transaction = WriteTx {
                inner: transaction,
                changed: false,
            };
            let answer = request(&mut transaction)?;
            if transaction.changed {
                inner.commit(transaction.inner)?;
            }
            Ok(answer)
        })
        .await
    }
}

impl Inner {
    fn commit(&self, transaction: WriteTransaction) -> Result<(), redb::Error> {
        let ordinal = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let tell = |phase| {
            if let Some(hook) = &self.on_write {
                hook(phase, ordinal);
            }
        };
        tell(WritePhase::BeforeCommit);
        transaction.commit()?;
        tell(WritePhase::AfterCommit);
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(ApiError::Panicked(error.to_string())),
    }
}
