//! `#[deployment(...)]`: parse and check.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Expr, Ident};

use crate::flow::plain_text;
use crate::keyed::assigned;
use crate::list::{Entry, Keyed, Keys, Value, parse_list};
use crate::named::{read_environment, read_job_variables, read_secrets, report_shared_names};
use crate::parameters::{ParameterList, Parameters};
use crate::path::check_in_workspace;
use crate::pod::read_pod;
use crate::problems::Problems;
use crate::ruled::{Ruled, ruled_text};
use crate::schedule::{Schedule, read_schedules};
use crate::task::read_tags;
use crate::value::{boolean, kind, literal, string_literal, whole_number};

/// `key = "text"` under a rule of `longshore_spec`.
macro_rules! rule {
    ($keys:ident, $key:literal, $rule:ident, $example:literal, $problems:ident) => {
        $keys.take($key).and_then(|keyed| {
            let value = assigned(&keyed, concat!("\"", $example, "\""), $problems)?;
            ruled_text::<longshore_spec::$rule>($key, value, &quote!($rule), $problems)
        })
    };
}

/// Keys of `#[deployment]`.
pub(crate) const KEYS: &[&str] = &[
    "name",
    "schedule",
    "image",
    "queue",
    "pool",
    "storage",
    "path",
    "parameters",
    "tags",
    "description",
    "concurrency",
    "active",
    "env",
    "job_variables",
    "resources",
    "node_selector",
    "tolerations",
    "service_account",
    "secrets",
    "catchup",
    "renamed_from",
];

/// Keys of `concurrency(...)` behind the limit.
pub(crate) const CONCURRENCY_KEYS: &[&str] = &["limit", "on_collision"];

/// A deployment whose parts are checked.
pub(crate) struct Deployment {
    /// What a report about the whole deployment points at.
    pub(crate) place: TokenStream,
    pub(crate) name: Option<Ruled>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) image: Option<Ruled>,
    pub(crate) queue: Option<Ruled>,
    pub(crate) pool: Option<Ruled>,
    pub(crate) storage: Option<Ruled>,
    pub(crate) path: Option<Ruled>,
    pub(crate) parameters: ParameterList,
    pub(crate) tags: Vec<Ruled>,
    pub(crate) description: Option<TokenStream>,
    /// An expression of type `Concurrency`.
    pub(crate) concurrency: Option<TokenStream>,
    pub(crate) active: Option<bool>,
    pub(crate) environment: Vec<(Ruled, Expr)>,
    /// Also those of `resources(...)` and the other keys for pods.
    pub(crate) job_variables: Vec<(Ruled, Expr)>,
    pub(crate) secrets: Vec<(Ruled, Ruled)>,
    /// A variant of `Catchup`.
    pub(crate) catchup: Option<TokenStream>,
    pub(crate) renamed_from: Option<Ruled>,
}

impl Deployment {
    /// Its own parameters, then those of each schedule.
    pub(crate) fn parameter_lists(&self) -> impl Iterator<Item = &ParameterList> {
        let of_schedules = self.schedules.iter().map(|schedule| &schedule.parameters);
        std::iter::once(&self.parameters).chain(of_schedules)
    }

    pub(crate) fn read(
        arguments: TokenStream,
        place: TokenStream,
        parameters: Parameters<'_>,
        problems: &mut Problems,
    ) -> Self {
        let mut own = Problems::default();
        let entries = parse_list(arguments, &mut own);
        let mut keys = Keys::collect("`#[deployment]`", KEYS, entries, &mut own);
        let is_broken = !own.is_empty();
        problems.append(own);
        let name = read_name(&mut keys, &place, is_broken, problems);
        let environment = read_environment(&mut keys, problems);
        let secrets = read_secrets(&mut keys, problems);
        report_shared_names(&environment, &secrets, problems);
        let mut job_variables = read_job_variables(&mut keys, problems);
        read_pod(&mut keys, &mut job_variables, problems);
        Self {
            schedules: keys
                .take("schedule")
                .map(|keyed| read_schedules(&keyed, parameters, problems))
                .unwrap_or_default(),
            image: rule!(
                keys,
                "image",
                ImageReference,
                "ghcr.io/acme/flows:1.4.0",
                problems
            ),
            queue: rule!(keys, "queue", WorkQueueName, "kubernetes", problems),
            pool: rule!(keys, "pool", WorkPoolName, "default", problems),
            storage: rule!(keys, "storage", StorageUrl, "az://flows", problems),
            path: read_path(&mut keys, problems),
            parameters: keys
                .take("parameters")
                .map(|keyed| ParameterList::read(&keyed, parameters, problems))
                .unwrap_or_default(),
            tags: read_tags(&mut keys, problems),
            description: plain_text("description", &mut keys, problems),
            concurrency: keys
                .take("concurrency")
                .and_then(|keyed| read_concurrency(keyed, problems)),
            active: keys.take("active").and_then(|keyed| {
                let value = assigned(&keyed, "false", problems)?;
                boolean("active", value, problems)
            }),
            job_variables,
            environment,
            secrets,
            catchup: read_catchup(&mut keys, problems),
            renamed_from: read_renamed_from(&mut keys, name.as_ref(), problems),
            name,
            place,
        }
    }
}

/// Reads the name; its absence is not reported where an entry that was reported may be the name.
fn read_name(
    keys: &mut Keys,
    place: &TokenStream,
    is_broken: bool,
    problems: &mut Problems,
) -> Option<Ruled> {
    match keys.take("name") {
        Some(keyed) => {
            let value = assigned(&keyed, "\"nightly\"", problems)?;
            ruled_text::<longshore_spec::DeploymentName>(
                "name",
                value,
                &quote!(DeploymentName),
                problems,
            )
        }
        None if is_broken => None,
        None => {
            problems.push(
                place,
                "this deployment has no `name`",
                Some("add `name = \"...\"`; the server keeps one deployment per flow and name"),
            );
            None
        }
    }
}

fn read_renamed_from(
    keys: &mut Keys,
    name: Option<&Ruled>,
    problems: &mut Problems,
) -> Option<Ruled> {
    let former = rule!(keys, "renamed_from", DeploymentName, "old-name", problems)?;
    let text = |ruled: &Ruled| ruled.literal.as_ref().map(syn::LitStr::value);
    if name.and_then(text).is_some() && name.and_then(text) == text(&former) {
        problems.push(
            former.literal.as_ref(),
            "`renamed_from` is the present name",
            Some("name the former one or remove the key"),
        );
        return None;
    }
    Some(former)
}

fn read_path(keys: &mut Keys, problems: &mut Problems) -> Option<Ruled> {
    let path = rule!(
        keys,
        "path",
        FlowPath,
        "projects/finance/daily_report",
        problems
    )?;
    if let Some(literal) = &path.literal {
        check_in_workspace(literal, problems);
    }
    Some(path)
}

fn read_concurrency(keyed: Keyed, problems: &mut Problems) -> Option<TokenStream> {
    let (limit, on_collision) = match &keyed.value {
        Value::List(tokens) => {
            let mut entries = parse_list(tokens.clone(), problems);
            if let Some(Entry::Positional(limit)) = entries.first().cloned() {
                let key = Ident::new("limit", keyed.span());
                entries[0] = Entry::Keyed(key, Value::Assigned(limit));
            }
            let mut keys = Keys::collect("`concurrency(...)`", CONCURRENCY_KEYS, entries, problems);
            let Some(limit) = keys.take("limit") else {
                problems.push(
                    &keyed,
                    "`concurrency(...)` has no limit",
                    Some("write `concurrency(1, on_collision = \"cancel_new\")`"),
                );
                return None;
            };
            (limit, keys.take("on_collision"))
        }
        _ => (keyed, None),
    };
    let value = assigned(&limit, "1", problems)?;
    let number = whole_number("concurrency", value, problems)?;
    if number == 0 {
        problems.push(
            value,
            "a concurrency limit of 0 lets nothing run",
            Some("write at least 1; `active = false` stops the schedules"),
        );
        return None;
    }
    let strategy = match on_collision {
        Some(keyed) => {
            let value = assigned(&keyed, "\"enqueue\"", problems)?;
            choice(
                "on_collision",
                value,
                &[("enqueue", "Enqueue"), ("cancel_new", "CancelNew")],
                problems,
            )?
        }
        None => Ident::new("Enqueue", proc_macro2::Span::call_site()),
    };
    Some(quote!(__longshore::Concurrency {
        limit: #number,
        on_collision: __longshore::CollisionStrategy::#strategy
    }))
}

fn read_catchup(keys: &mut Keys, problems: &mut Problems) -> Option<TokenStream> {
    let keyed = keys.take("catchup")?;
    let value = assigned(&keyed, "\"latest\"", problems)?;
    let variant = choice(
        "catchup",
        value,
        &[("latest", "Latest"), ("none", "None"), ("all", "All")],
        problems,
    )?;
    Some(quote!(__longshore::Catchup::#variant))
}

/// One word of a few; the variant that it stands for.
fn choice(
    key: &str,
    value: &Expr,
    choices: &[(&str, &str)],
    problems: &mut Problems,
) -> Option<Ident> {
    let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    if matches!(value, Expr::Lit(_)) && string_literal(value).is_none() {
        problems.push(
            value,
            format!("`{key}` takes a string literal, not {}", kind(value)),
            Some(&format!("the values are {}", crate::list::words(&known))),
        );
        return None;
    }
    let text = literal(key, value, problems)?;
    if let Some((_, variant)) = choices.iter().find(|(word, _)| text.value() == *word) {
        return Some(Ident::new(variant, proc_macro2::Span::call_site()));
    }
    let help = match longshore_spec::suggest::nearest(&text.value(), known.iter().copied()) {
        Some(nearest) => format!("write `\"{nearest}\"`"),
        None => format!("the values are {}", crate::list::words(&known)),
    };
    problems.push(
        &text,
        format!("`{}` is no value of `{key}`", text.value()),
        Some(&help),
    );
    None
}
