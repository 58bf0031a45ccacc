//! `pool template`: the job template of a work pool, for people who create the pool by hand or by Helm.

use longshore_spec::Explain;

use crate::command_line::TemplateArguments;
use crate::config::Config;
use crate::error::Failure;
use crate::exit::Exit;
use crate::plan::pools::settings;
use crate::report::print_json;

/// Why there is no template to print.
#[derive(Debug, thiserror::Error)]
enum TemplateError {
    #[error("no work pool is named")]
    NoPool,
    #[error("longshore.toml has {} work pools of type `{kind}`", names.len())]
    Type { kind: String, names: Vec<String> },
    #[error("there is no job template for work pool `{pool}` of type `{kind}`")]
    NoTemplate { pool: String, kind: String },
}

impl Explain for TemplateError {
    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoPool => {
                "name a pool, or set `pool` in `[defaults]` of longshore.toml".to_owned()
            }
            Self::Type { kind, names } if names.is_empty() => {
                format!("add a section `[pools.NAME]` with `type = \"{kind}\"`")
            }
            Self::Type { names, .. } => format!("name one of `{}`", names.join("`, `")),
            Self::NoTemplate { pool, .. } => format!(
                "set `type` in `[pools.{pool}]` to `process` or `kubernetes`, the latter with `runner_image`, or name a file with `template`"
            ),
        })
    }
}

/// Prints the template of a pool on stdout.
///
/// # Errors
/// It is not clear which pool is meant, or there is no template for it.
pub(super) fn template(config: &Config, arguments: &TemplateArguments) -> Result<Exit, Failure> {
    let pool = chosen(config, arguments)?;
    let settings = settings(&pool, config);
    let template = settings
        .template(None)
        .ok_or_else(|| TemplateError::NoTemplate {
            kind: settings.kind.to_owned(),
            pool,
        })?;
    print_json(&template);
    Ok(Exit::Done)
}

fn chosen(config: &Config, arguments: &TemplateArguments) -> Result<String, TemplateError> {
    if let Some(kind) = &arguments.kind {
        let mut names = config.pools_of_type(kind);
        return match names.len() {
            1 => Ok(names.remove(0)),
            _ => Err(TemplateError::Type {
                kind: kind.clone(),
                names,
            }),
        };
    }
    let default = || config.setting(None, |defaults| defaults.pool.as_ref());
    let named = arguments.pool.clone();
    named
        .or_else(|| default().map(|pool| pool.value.to_string()))
        .ok_or(TemplateError::NoPool)
}
