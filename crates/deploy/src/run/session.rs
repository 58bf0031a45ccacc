//! A connection to the server for commands that do not deploy.

use std::path::Path;

use super::{steps, tell_environment};
use crate::config::Config;
use crate::error::Failure;
use crate::lock::WorkspaceLock;
use crate::target::{Connection, Target};

/// A server and how it is reached.
pub(super) struct Session {
    pub(super) target: Target,
    pub(super) connection: Connection,
    /// Only one process can open the embedded server's database; elsewhere a command may watch for hours without
    /// keeping others from deploying.
    _lock: Option<WorkspaceLock>,
}

impl Session {
    /// Finds the server and connects.
    ///
    /// # Errors
    /// It cannot be told which server is meant, or it cannot be reached.
    pub(super) async fn open(root: &Path, config: &Config) -> Result<Self, Failure> {
        let target = steps::target(root, config)?;
        tell_environment(config);
        let lock = if target.is_closed().await? {
            Some(steps::lock(root).await?)
        } else {
            None
        };
        let connection = target.connect().await?;
        Ok(Self {
            // A `serve` that began while the lock was waited for has the database now.
            _lock: lock.filter(|_| !connection.starts_runs),
            connection,
            target,
        })
    }
}
