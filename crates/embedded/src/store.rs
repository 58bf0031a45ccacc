//! Rows as JSON in redb: tables by id, and indexes by name.

mod record;
mod scan;
mod version;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use redb::{
    Database, ReadTransaction, ReadableDatabase as _, ReadableTable, TableDefinition, TableError,
    TableHandle as _, WriteTransaction,
};
use tokio::sync::{oneshot, watch};

use crate::damage::{calling, catching};
use crate::error::ApiError;
use crate::model::{Deployment, FlowRun};
use crate::open::{WriteHook, WritePhase};

pub(crate) use record::{Index, ReadingRecords, Record, key};
#[cfg(test)]
pub(crate) use scan::counter;
pub(crate) use scan::{Row, after_prefix};
pub(crate) use version::{VERSION, WITHOUT_UNFINISHED, index_unfinished, initialise, version};

/// Every table maps bytes to bytes: ids or joined names to JSON or ids.
pub(crate) type Table = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// A key and its value.
pub(crate) type Entry = (Vec<u8>, Vec<u8>);

const META: Table = TableDefinition::new("meta");
const DECIDED_KEY: &[u8] = b"decided_until";

/// How often something of a kind was changed since the database was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Requests that changed deployments or their schedules.
    pub deployments: u64,
    /// Requests that changed flow runs or their states.
    pub flow_runs: u64,
}

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
    deployments_changed: bool,
    flow_runs_changed: bool,
}

impl Reading for ReadTx {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        calling(|| match self.0.open_table(table) {
            Ok(table) => bytes_of(&table, key),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    fn entries(&self, table: Table, prefix: &[u8]) -> Result<Vec<Entry>, redb::Error> {
        calling(|| match self.0.open_table(table) {
            Ok(table) => entries_of(&table, prefix),
            Err(TableError::TableDoesNotExist(_)) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        })
    }
}

impl Reading for WriteTx {
    fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, redb::Error> {
        calling(|| bytes_of(&self.inner.open_table(table)?, key))
    }

    fn entries(&self, table: Table, prefix: &[u8]) -> Result<Vec<Entry>, redb::Error> {
        calling(|| entries_of(&self.inner.open_table(table)?, prefix))
    }
}

impl WriteTx {
    pub(crate) fn insert(
        &mut self,
        table: Table,
        key: &[u8],
        value: &[u8],
    ) -> Result<(), redb::Error> {
        calling(|| -> Result<(), redb::Error> {
            self.inner.open_table(table)?.insert(key, value)?;
            Ok(())
        })?;
        self.note(table);
        Ok(())
    }

    pub(crate) fn delete(&mut self, table: Table, key: &[u8]) -> Result<(), redb::Error> {
        calling(|| -> Result<(), redb::Error> {
            self.inner.open_table(table)?.remove(key)?;
            Ok(())
        })?;
        self.note(table);
        Ok(())
    }

    fn note(&mut self, table: Table) {
        self.changed = true;
        self.deployments_changed |= table.name() == Deployment::TABLE.name();
        self.flow_runs_changed |= table.name() == FlowRun::TABLE.name();
    }

    /// Until when it was decided what becomes of fire times.
    pub(crate) fn set_decided_until(&mut self, until: DateTime<Utc>) -> Result<(), ApiError> {
        Ok(self.insert(META, DECIDED_KEY, &serde_json::to_vec(&until)?)?)
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

/// Until when it was decided what becomes of fire times; `None` if it never was.
pub(crate) fn decided_until(tx: &impl Reading) -> Result<Option<DateTime<Utc>>, ApiError> {
    let bytes = tx.bytes(META, DECIDED_KEY)?;
    Ok(bytes
        .map(|bytes| serde_json::from_slice(&bytes))
        .transpose()?)
}

/// The open database, shared by all requests.
#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    /// `None` only while it is being closed.
    database: Option<Database>,
    file: PathBuf,
    on_write: Option<WriteHook>,
    commits: AtomicU64,
    /// Dropped after the database, which is closed then.
    _closed: oneshot::Sender<()>,
    changes: watch::Sender<Changes>,
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
        file: PathBuf,
        on_write: Option<WriteHook>,
    ) -> (Self, oneshot::Receiver<()>) {
        let (sender, closed) = oneshot::channel();
        let inner = Arc::new(Inner {
            database: Some(database),
            file,
            on_write,
            commits: AtomicU64::new(0),
            _closed: sender,
            changes: watch::Sender::default(),
        });
        (Self { inner }, closed)
    }

    /// Tells of changes once they are stored.
    pub(crate) fn changes(&self) -> watch::Receiver<Changes> {
        self.inner.changes.subscribe()
    }

    /// Runs a request that only reads, on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        request: impl FnOnce(&ReadTx) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.blocking(move |inner| {
            let database = inner.database()?;
            let transaction = calling(|| database.begin_read()).map_err(redb::Error::from)?;
            request(&ReadTx(transaction))
        })
        .await
    }

    /// Runs a request in a transaction of its own, on a thread that may block.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut WriteTx) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.blocking(move |inner| {
            let database = inner.database()?;
            let transaction = calling(|| database.begin_write()).map_err(redb::Error::from)?;
            let mut transaction = WriteTx {
                inner: transaction,
                changed: false,
                deployments_changed: false,
                flow_runs_changed: false,
            };
            let answer = request(&mut transaction);
            if answer.is_ok() && transaction.changed {
                inner.commit(transaction)?;
            } else {
                calling(|| drop(transaction));
            }
            answer
        })
        .await
    }

    /// Every transaction runs in here: errors of the database name its file, and panics inside redb are errors.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let inner = Arc::clone(&self.inner);
        let work = move || catching(|| work(&inner)).map_err(|error| error.of_file(&inner.file));
        match tokio::task::spawn_blocking(work).await {
            Ok(answer) => answer,
            Err(error) => Err(ApiError::Panicked(error.to_string())),
        }
    }
}

impl Inner {
    fn database(&self) -> Result<&Database, redb::Error> {
        self.database.as_ref().ok_or(redb::Error::DatabaseClosed)
    }

    fn commit(&self, transaction: WriteTx) -> Result<(), redb::Error> {
        let ordinal = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let tell = |phase| {
            if let Some(hook) = &self.on_write {
                hook(phase, ordinal);
            }
        };
        tell(WritePhase::BeforeCommit);
        calling(|| transaction.inner.commit())?;
        tell(WritePhase::AfterCommit);
        self.changes.send_modify(|changes| {
            changes.deployments += u64::from(transaction.deployments_changed);
            changes.flow_runs += u64::from(transaction.flow_runs_changed);
        });
        Ok(())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let database = self.database.take();
        let closed: Result<(), redb::Error> = catching(|| {
            calling(|| drop(database));
            Ok(())
        });
        if let Err(error) = closed {
            let file = self.file.display();
            tracing::error!(%error, "cannot close the embedded server's database `{file}`");
        }
    }
}
