//! `[pools.NAME]`: what the file says of a work pool.

use std::collections::BTreeMap;

use longshore_spec::WorkPoolName;

use super::Config;
use super::read::Section;

/// Type of the pools that are made if their section does not name one.
const TYPE: &str = "process";

/// A section `[pools.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    kind: String,
    target: Option<String>,
    open: bool,
}

pub(super) fn read(document: &Section<'_>) -> BTreeMap<String, Pool> {
    let pools = document.tables("pools").into_iter();
    pools
        .filter_map(|(name, section)| {
            section.only(&["type", "target", "open"]);
            section.check_name::<WorkPoolName>(&name);
            let target = section.text("target");
            let open = section.flag("open").unwrap_or_default();
            let kind = section.required_name("type")?;
            Some((name, Pool { kind, target, open }))
        })
        .collect()
}

impl Config {
    /// Type of a pool that is to be made.
    pub(crate) fn pool_type(&self, pool: &str) -> &str {
        self.pools.get(pool).map_or(TYPE, |pool| &pool.kind)
    }

    /// Whether runs of a pool may choose their command, environment and working directory.
    pub(crate) fn is_open_pool(&self, pool: &str) -> bool {
        self.pools.get(pool).is_some_and(|pool| pool.open)
    }

    /// Target triple of the programs that a pool's machines run, if the file says so.
    pub(crate) fn pool_target(&self, pool: &str) -> Option<&str> {
        self.pools.get(pool)?.target.as_deref()
    }
}
