//! `[pools.NAME]`: what the file says of a work pool.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use longshore_spec::{ImageReference, StorageLocation, WorkPoolName};
use longshore_storage::AllowedStores;
use serde_json::Value;

use super::read::Section;
use super::{Config, ConfigError, Defaults};
use crate::job_template::{KUBERNETES, PROCESS};

/// A section `[pools.NAME]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pool {
    kind: String,
    target: Option<String>,
    open: bool,
    kubernetes: Option<Kubernetes>,
    template: Option<TemplateFile>,
}

/// What the pods of a pool of type `kubernetes` need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kubernetes {
    /// Image of `longshore-run`, which the init container starts.
    pub(crate) runner_image: ImageReference,
    /// Stores that the init container may fetch from, as in `LONGSHORE_STORES`; empty if the file names none.
    pub(crate) stores: Vec<String>,
    /// Name of the Secret with the init container's credentials for the store, such as `AZURE_STORAGE_CONNECTION_STRING`.
    pub(crate) storage_secret: Option<String>,
    /// Names of the Secrets whose entries are environment variables of the runs.
    pub(crate) env_secrets: Vec<String>,
    /// Defaults of the variables of the same names.
    pub(crate) namespace: Option<String>,
    pub(crate) service_account: Option<String>,
    pub(crate) workload_identity: bool,
}

/// A job template in a file of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TemplateFile {
    /// From the workspace root.
    path: PathBuf,
    /// Content of the file, once it is read.
    content: Value,
}

/// Keys that only pools of type `kubernetes` have.
const OF_KUBERNETES: [&str; 7] = [
    "env_secrets",
    "namespace",
    "runner_image",
    "service_account",
    "storage_secret",
    "stores",
    "workload_identity",
];

pub(super) fn read(document: &Section<'_>, defaults: &Defaults) -> BTreeMap<String, Pool> {
    let azure = document.table("azure");
    let account = azure.and_then(|azure| azure.text("account"));
    let pools = document.tables("pools").into_iter();
    pools
        .filter_map(|(name, section)| {
            let known = ["type", "target", "open", "template"].iter();
            let known: Vec<&'static str> = known.chain(&OF_KUBERNETES).copied().collect();
            section.only(&known);
            section.check_name::<WorkPoolName>(&name);
            let pool = Pool {
                target: section.text("target"),
                open: section.flag("open").unwrap_or_default(),
                template: section.text("template").map(|path| TemplateFile {
                    path: path.into(),
                    content: Value::Null,
                }),
                kind: section.required_name("type")?,
                kubernetes: kubernetes(&section, default_store(account.as_deref(), defaults)),
            };
            check_combination(&section, &pool);
            Some((name, pool))
        })
        .collect()
}

/// The store of `[defaults]` as an entry of `LONGSHORE_STORES`, if `[azure]` names its account.
fn default_store(account: Option<&str>, defaults: &Defaults) -> Option<String> {
    let StorageLocation::Azure { container, prefix } = defaults.storage.as_ref()?.location() else {
        return None;
    };
    let store = format!("az://{}/{container}/{prefix}", account?);
    Some(store.trim_end_matches('/').to_owned())
}

/// The keys for Kubernetes; `None` without an image of `longshore-run`.
fn kubernetes(section: &Section<'_>, default_store: Option<String>) -> Option<Kubernetes> {
    let runner_image = section.parsed("runner_image");
    let given = section.texts("stores");
    check_stores(section, given.as_deref().unwrap_or_default());
    let pod = Kubernetes {
        stores: given.unwrap_or_else(|| default_store.into_iter().collect()),
        storage_secret: section.kubernetes_name("storage_secret"),
        env_secrets: section.kubernetes_names("env_secrets"),
        namespace: section.kubernetes_name("namespace"),
        service_account: section.kubernetes_name("service_account"),
        workload_identity: section.flag("workload_identity").unwrap_or_default(),
        runner_image: runner_image?,
    };
    if pod.stores.is_empty() {
        section.problem(
            "stores",
            "the pods of this pool may fetch from no store",
            "add the stores of its deployments, such as `stores = [\"az://account/container\"]`",
        );
    }
    Some(pod)
}

fn check_stores(section: &Section<'_>, stores: &[String]) {
    for store in stores {
        let read =
            AllowedStores::listed(&|name| (name == AllowedStores::VARIABLE).then(|| store.clone()));
        if read.is_err() || store.contains(',') {
            section.problem(
                "stores",
                &format!("`{store}` is not a store"),
                "write `az://account/container`, if need be with a folder, or an absolute path",
            );
        }
    }
}

/// Reports keys that have no effect with the others.
fn check_combination(section: &Section<'_>, pool: &Pool) {
    let given = || OF_KUBERNETES.into_iter().filter(|key| section.has(key));
    let reason = if pool.kind != KUBERNETES {
        "has an effect on pools of type `kubernetes` only"
    } else if pool.open {
        "has no effect with `open = true`, since a template of Prefect's own is used then"
    } else if pool.template.is_some() {
        "has no effect with `template`, whose file is used as it is"
    } else if pool.kubernetes.is_none() && !section.has("runner_image") {
        "has no effect without `runner_image`"
    } else {
        return;
    };
    for key in given() {
        section.problem(
            key,
            reason,
            &format!("remove `{key}`, or change the other key"),
        );
    }
}

impl Config {
    /// Type of a pool that is to be made.
    pub(crate) fn pool_type(&self, pool: &str) -> &str {
        self.pools.get(pool).map_or(PROCESS, |pool| &pool.kind)
    }

    /// Whether runs of a pool may choose their command, environment and working directory.
    pub(crate) fn is_open_pool(&self, pool: &str) -> bool {
        self.pools.get(pool).is_some_and(|pool| pool.open)
    }

    /// Whether the file has a section for a pool.
    pub(crate) fn declares_pool(&self, pool: &str) -> bool {
        self.pools.contains_key(pool)
    }

    /// Names of the pools of a type.
    pub(crate) fn pools_of_type(&self, kind: &str) -> Vec<String> {
        let pools = self.pools.iter();
        pools
            .filter(|(_, pool)| pool.kind == kind)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Target triple of the programs that a pool's machines run, if the file says so.
    pub(crate) fn pool_target(&self, pool: &str) -> Option<&str> {
        self.pools.get(pool)?.target.as_deref()
    }

    /// What the pods of a pool need, if the file says so.
    pub(crate) fn kubernetes(&self, pool: &str) -> Option<&Kubernetes> {
        self.pools.get(pool)?.kubernetes.as_ref()
    }

    /// The job template in a pool's own file.
    pub(crate) fn pool_template(&self, pool: &str) -> Option<&Value> {
        let template = self.pools.get(pool)?.template.as_ref();
        template.map(|template| &template.content)
    }

    /// Reads the files that `template` of pools name.
    ///
    /// # Errors
    /// A file cannot be read, or is not a job template.
    pub(super) fn with_templates(mut self, root: &Path) -> Result<Self, ConfigError> {
        for (name, pool) in &mut self.pools {
            let Some(template) = &mut pool.template else {
                continue;
            };
            let path = root.join(&template.path);
            let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read {
                path: path.clone(),
                source,
            })?;
            let content: Option<Value> = serde_json::from_str(&text).ok();
            let is_template = |content: &Value| {
                content["job_configuration"].is_object() && content["variables"].is_object()
            };
            template.content =
                content
                    .filter(is_template)
                    .ok_or_else(|| ConfigError::Template {
                        path,
                        pool: name.clone(),
                    })?;
        }
        Ok(self)
    }
}
