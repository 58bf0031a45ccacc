//! Lists of named values: environment variables, job variables, secrets.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Expr;

use crate::keyed::list;
use crate::list::{Entry, Keys, Value, parse_list};
use crate::parameters::{made, plain_name};
use crate::problems::Problems;
use crate::ruled::{Ruled, ruled_literal};

/// `key(NAME = value, ...)` with every name under a rule.
fn named_values(
    keys: &mut Keys,
    key: &str,
    example: &str,
    rule: &TokenStream,
    check: impl Fn(&str) -> Result<(), Box<dyn longshore_spec::Explain>>,
    problems: &mut Problems,
) -> Vec<(Ruled, Expr)> {
    let Some(keyed) = keys.take(key) else {
        return Vec::new();
    };
    let Some(tokens) = list(&keyed, example, problems) else {
        return Vec::new();
    };
    let mut values: Vec<(Ruled, Expr)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for entry in parse_list(tokens.clone(), problems) {
        let Entry::Keyed(name, Value::Assigned(value)) = entry else {
            if matches!(entry, Entry::Keyed(_, Value::Reported))
                || report_left_side(&entry, &check, problems)
            {
                continue;
            }
            let place = match &entry {
                Entry::Keyed(name, _) => name.to_token_stream(),
                Entry::Positional(value) => value.to_token_stream(),
            };
            problems.push(
                place,
                format!("`{key}(...)` takes names and values"),
                Some(&format!("write `{key}({example})`")),
            );
            continue;
        };
        let text = plain_name(&name);
        if let Err(error) = check(&text) {
            problems.push_rule(&name, &*error);
        } else if names.contains(&text) {
            problems.push(
                &name,
                format!("`{text}` is given twice in `{key}(...)`"),
                Some("keep one of the two"),
            );
        } else {
            let literal = syn::LitStr::new(&text, name.span());
            values.push((Ruled::checked(literal, rule), value));
            names.push(text);
        }
    }
    values
}

/// Reports a literal before the `=`, such as `9LIVES` or `"my-level"`, by the rule of names.
fn report_left_side(
    entry: &Entry,
    check: impl Fn(&str) -> Result<(), Box<dyn longshore_spec::Explain>>,
    problems: &mut Problems,
) -> bool {
    let Entry::Positional(Expr::Assign(assignment)) = entry else {
        return false;
    };
    let Expr::Lit(left) = &*assignment.left else {
        return false;
    };
    let name = match &left.lit {
        syn::Lit::Str(text) => text.value(),
        other => other.to_token_stream().to_string(),
    };
    match check(&name) {
        Err(error) => problems.push_rule(left, &*error),
        Ok(()) => return false,
    }
    true
}

/// Start of the variables that name a run's server and the key for it.
const OF_SERVER: &str = "PREFECT_API_";

fn environment_name(name: &str) -> Result<(), Box<dyn longshore_spec::Explain>> {
    match name.parse::<longshore_spec::EnvironmentVariableName>() {
        Ok(_) => Ok(()),
        Err(error) => Err(Box::new(error)),
    }
}

pub(crate) fn read_environment(keys: &mut Keys, problems: &mut Problems) -> Vec<(Ruled, Expr)> {
    let rule = quote!(EnvironmentVariableName);
    let example = "LEVEL = \"info\"";
    let values = named_values(keys, "env", example, &rule, environment_name, problems);
    for (name, value) in &values {
        let _reported = crate::value::text("env", value, problems);
        if name.shown().starts_with(OF_SERVER) {
            problems.push(
                name.literal.as_ref(),
                format!(
                    "`env(...)` cannot set `{}`: a run belongs to the server that it came from",
                    name.shown()
                ),
                Some("remove it; the worker's own settings name the server and its key"),
            );
        }
    }
    values
}

pub(crate) fn read_job_variables(keys: &mut Keys, problems: &mut Problems) -> Vec<(Ruled, Expr)> {
    let check = |name: &str| match name.parse::<longshore_spec::JobVariableName>() {
        Ok(_) => Ok(()),
        Err(error) => Err(Box::new(error) as Box<dyn longshore_spec::Explain>),
    };
    let rule = quote!(JobVariableName);
    let example = "cpu_request = \"500m\"";
    let mut values = named_values(keys, "job_variables", example, &rule, check, problems);
    values.retain(|(name, _)| {
        let text = name.literal.as_ref().map(syn::LitStr::value);
        let help = match text.as_deref() {
            Some("image") => "write `image = ...` as a key of the deployment",
            Some("env") => "write `env(...)` as a key of the deployment",
            Some("artifact" | "sha256" | "command") => "remove it: `deploy` sets it",
            _ => return true,
        };
        let name = &name.literal;
        let text = text.unwrap_or_default();
        problems.push(
            name.as_ref(),
            format!("the job variable `{text}` is set by Longshore"),
            Some(help),
        );
        false
    });
    values
}

pub(crate) fn read_secrets(keys: &mut Keys, problems: &mut Problems) -> Vec<(Ruled, Ruled)> {
    let rule = quote!(EnvironmentVariableName);
    let example = "TOKEN = \"block:api-token\"";
    let values = named_values(keys, "secrets", example, &rule, environment_name, problems);
    values
        .into_iter()
        .filter_map(|(name, value)| {
            let reference = ruled_literal::<longshore_spec::SecretReference>(
                "secrets",
                &value,
                &quote!(SecretReference),
                problems,
            )?;
            Some((name, reference))
        })
        .collect()
}

/// The values of `job_variables(...)` as an expression of type `ParameterValues`.
pub(crate) fn job_variable_values(values: &[(Ruled, Expr)]) -> TokenStream {
    made(values.iter().filter_map(|(name, value)| {
        let name = name.literal.as_ref()?.value();
        Some((name, None, value.to_token_stream()))
    }))
}

/// A flow that reads a name would get the secret or the plain value, depending on how it asks.
pub(crate) fn report_shared_names(
    environment: &[(Ruled, Expr)],
    secrets: &[(Ruled, Ruled)],
    problems: &mut Problems,
) {
    let text = |name: &Ruled| name.literal.as_ref().map(syn::LitStr::value);
    for (name, _) in secrets {
        let is_shared = environment
            .iter()
            .any(|(other, _)| text(other) == text(name));
        if is_shared {
            problems.push(
                name.literal.as_ref(),
                format!("`{}` is in `env(...)` and in `secrets(...)`", name.shown()),
                Some("keep it in `secrets(...)` if it is a secret, else in `env(...)`"),
            );
        }
    }
}
