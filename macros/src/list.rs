//! Reading `key = value, key(...), value` lists: the whole list first, so that one mistake hides no other.

mod entry;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, Ident, Lit};

pub(crate) use self::entry::{Entry, Value, parse_list, shown};

use crate::foreign_key;
use crate::problems::Problems;

/// The entries of a list by key: every key known, none twice.
pub(crate) struct Keys {
    entries: Vec<(Ident, Value)>,
}

impl Keys {
    /// Keeps the keyed entries, reporting unknown and repeated keys and values without a key.
    pub(crate) fn collect(
        owner: &str,
        known: &[&str],
        entries: Vec<Entry>,
        problems: &mut Problems,
    ) -> Self {
        let mut kept: Vec<(Ident, Value)> = Vec::new();
        for entry in entries {
            match entry {
                Entry::Positional(value) => {
                    let is_name = matches!(&value, Expr::Lit(literal) if matches!(literal.lit, Lit::Str(_)))
                        && known.contains(&"name")
                        && kept.iter().all(|(other, _)| other != "name");
                    let help = if is_name {
                        format!("write `name = {}`", shown(&value))
                    } else {
                        format!("write `key = value`; the keys are {}", words(known))
                    };
                    problems.push(
                        &value,
                        format!("a value without a key in {owner}"),
                        Some(&help),
                    );
                }
                Entry::Keyed(key, value) if !known.contains(&key.to_string().as_str()) => {
                    report_unknown_key(owner, known, &key, &value, problems);
                }
                Entry::Keyed(key, _) if kept.iter().any(|(other, _)| *other == key) => {
                    problems.push(
                        &key,
                        format!("`{key}` is given twice in {owner}"),
                        Some("keep one of the two"),
                    );
                }
                Entry::Keyed(key, value) => kept.push((key, value)),
            }
        }
        Self { entries: kept }
    }

    /// Takes a key's value out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Keyed> {
        let index = self.entries.iter().position(|(name, _)| name == key)?;
        let (key, value) = self.entries.remove(index);
        Some(Keyed { key, value })
    }
}

/// A key and what stands behind it.
pub(crate) struct Keyed {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

impl Keyed {
    pub(crate) fn span(&self) -> Span {
        self.key.span()
    }
}

impl ToTokens for Keyed {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.value {
            Value::Assigned(value) => value.to_tokens(tokens),
            Value::List(list) if !list.is_empty() => list.to_tokens(tokens),
            Value::Braces(braces) => braces.to_tokens(tokens),
            Value::List(_) | Value::Missing | Value::Reported => self.key.to_tokens(tokens),
        }
    }
}

fn report_unknown_key(
    owner: &str,
    known: &[&str],
    key: &Ident,
    value: &Value,
    problems: &mut Problems,
) {
    let name = key.to_string();
    let help = foreign_key::help(owner, &name, value).unwrap_or_else(|| {
        match longshore_spec::suggest::nearest(&name, known.iter().copied()) {
            Some(nearest) => format!("write `{nearest}`"),
            None => format!("the keys are {}", words(known)),
        }
    });
    problems.push(key, format!("unknown key `{key}` in {owner}"), Some(&help));
}

/// "`a`, `b` and `c`"
pub(crate) fn words(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
