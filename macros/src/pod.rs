//! `resources(...)`, `node_selector(...)`, `tolerations(...)` and `service_account` of a deployment: checked by the rules
//! of Kubernetes, and stored as the job variables that Longshore's job template declares.

use std::str::FromStr;

use longshore_spec::Explain;
use longshore_spec::kubernetes::{Cpu, Memory, NodeLabel, ObjectName, Toleration, attribute_of};
use proc_macro2::Span;
use quote::quote;
use syn::{Expr, ExprLit, Lit, LitStr, parse_quote};

use crate::keyed::{assigned, list};
use crate::list::{Entry, Keyed, Keys, Value, parse_list, shown};
use crate::problems::Problems;
use crate::ruled::{Ruled, parsed_literal};
use crate::value::{kind, whole_number};

/// Keys of `resources(...)`.
pub(crate) const RESOURCE_KEYS: &[&str] = &["cpu", "memory", "cpu_limit", "memory_limit", "gpu"];

/// Reads the keys and adds their job variables to those of `job_variables(...)`.
pub(crate) fn read_pod(
    keys: &mut Keys,
    job_variables: &mut Vec<(Ruled, Expr)>,
    problems: &mut Problems,
) {
    let mut pod = Pod {
        job_variables,
        problems,
    };
    if let Some(keyed) = keys.take("resources") {
        pod.read_resources(&keyed);
    }
    if let Some(keyed) = keys.take("node_selector") {
        pod.read_node_selector(&keyed);
    }
    if let Some(keyed) = keys.take("tolerations") {
        pod.read_tolerations(&keyed);
    }
    if let Some(keyed) = keys.take("service_account")
        && let Some(value) = assigned(&keyed, "\"flows\"", pod.problems)
        && let Some((name, _)) =
            parsed_literal::<ObjectName>("service_account", value, pod.problems)
    {
        pod.set("service_account_name", name.span(), parse_quote!(#name));
    }
}

struct Pod<'a> {
    job_variables: &'a mut Vec<(Ruled, Expr)>,
    problems: &'a mut Problems,
}

impl Pod<'_> {
    /// Adds a job variable, unless the list names it already.
    fn set(&mut self, variable: &str, span: Span, value: Expr) {
        let is_same = |name: &Ruled| {
            let literal = name.literal.as_ref().map(LitStr::value);
            literal.as_deref() == Some(variable)
        };
        if let Some((name, _)) = self.job_variables.iter().find(|(name, _)| is_same(name)) {
            let key = attribute_of(variable).unwrap_or(variable);
            self.problems.push(
                name.literal.as_ref(),
                format!("the job variable `{variable}` is set by `{key}` too"),
                Some("keep one of the two"),
            );
            return;
        }
        let name = Ruled::checked(LitStr::new(variable, span), &quote!(JobVariableName));
        self.job_variables.push((name, value));
    }

    fn read_resources(&mut self, keyed: &Keyed) {
        let example = "cpu = \"500m\", memory = \"1Gi\"";
        let Some(tokens) = list(keyed, example, self.problems) else {
            return;
        };
        let entries = parse_list(tokens.clone(), self.problems);
        let mut keys = Keys::collect("`resources(...)`", RESOURCE_KEYS, entries, self.problems);
        let cpu = self.quantity::<Cpu>(&mut keys, "cpu", "cpu_request");
        let limit = self.quantity::<Cpu>(&mut keys, "cpu_limit", "cpu_limit");
        self.compare("cpu", cpu, limit);
        let memory = self.quantity::<Memory>(&mut keys, "memory", "memory_request");
        let limit = self.quantity::<Memory>(&mut keys, "memory_limit", "memory_limit");
        self.compare("memory", memory, limit);
        if let Some(keyed) = keys.take("gpu")
            && let Some(value) = assigned(&keyed, "1", self.problems)
            && let Some(number) = whole_number("gpu", value, self.problems)
        {
            if number == 0 {
                let help = Some("remove `gpu` for a pod without one");
                self.problems.push(value, "`gpu` is zero", help);
            } else {
                self.set("gpu", keyed.span(), parse_quote!(#number));
            }
        }
    }

    /// Reads a quantity, with the literal that it is written as.
    fn quantity<Q>(&mut self, keys: &mut Keys, key: &str, variable: &str) -> Option<(LitStr, Q)>
    where
        Q: FromStr<Err: Explain>,
    {
        let keyed = keys.take(key)?;
        let example = if key.starts_with("cpu") {
            "\"500m\""
        } else {
            "\"1Gi\""
        };
        let value = assigned(&keyed, example, self.problems)?;
        if let Expr::Lit(ExprLit {
            lit: Lit::Int(_) | Lit::Float(_),
            ..
        }) = value
        {
            let unit = if key.starts_with("cpu") { "" } else { "Mi" };
            self.problems.push(
                value,
                format!("`{key}` takes a string, not {}", kind(value)),
                Some(&format!("write `{key} = \"{}{unit}\"`", shown(value))),
            );
            return None;
        }
        let (literal, quantity) = parsed_literal::<Q>(key, value, self.problems)?;
        self.set(variable, literal.span(), parse_quote!(#literal));
        Some((literal, quantity))
    }

    /// Reports a limit below what is requested, which the API server would refuse.
    fn compare<Q: PartialOrd>(
        &mut self,
        key: &str,
        request: Option<(LitStr, Q)>,
        limit: Option<(LitStr, Q)>,
    ) {
        if let (Some((request, amount)), Some((limit, most))) = (request, limit)
            && most < amount
        {
            self.problems.push(
                &limit,
                format!("`{key}_limit` is below `{key}`"),
                Some(&format!("write at least `{}`", request.value())),
            );
        }
    }

    fn read_node_selector(&mut self, keyed: &Keyed) {
        let example = "\"kubernetes.io/arch=amd64\"";
        let labels = self.strings::<NodeLabel>(keyed, example);
        let Some(labels) = labels else { return };
        let mut keys: Vec<&str> = Vec::new();
        for (literal, label) in &labels {
            if keys.contains(&label.key.as_str()) {
                self.problems.push(
                    literal,
                    format!("the label `{}` is given twice", label.key),
                    Some("keep one of the two"),
                );
            }
            keys.push(&label.key);
        }
        let pairs = labels
            .iter()
            .map(|(_, NodeLabel { key, value })| quote!((#key, #value)));
        let value = parse_quote!(::std::collections::BTreeMap::from([#(#pairs),*]));
        self.set("node_selector", keyed.span(), value);
    }

    fn read_tolerations(&mut self, keyed: &Keyed) {
        let example = "\"kubernetes.azure.com/scalesetpriority=spot:NoSchedule\"";
        let Some(tolerations) = self.strings::<Toleration>(keyed, example) else {
            return;
        };
        let maps = tolerations.iter().map(|(_, toleration)| {
            let fields = toleration.fields().into_iter();
            let pairs = fields.map(|(name, value)| quote!((#name, #value)));
            quote!(::std::collections::BTreeMap::from([#(#pairs),*]))
        });
        let value = parse_quote!(::std::vec![#(#maps),*]);
        self.set("tolerations", keyed.span(), value);
    }

    /// The string literals in `key("...", "...")`; `None` if there are none, or mistakes.
    fn strings<T>(&mut self, keyed: &Keyed, example: &str) -> Option<Vec<(LitStr, T)>>
    where
        T: FromStr<Err: Explain>,
    {
        let key = keyed.key.to_string();
        let tokens = list(keyed, example, self.problems)?;
        let mut own = Problems::default();
        let mut found = Vec::new();
        for entry in parse_list(tokens.clone(), &mut own) {
            match entry {
                Entry::Positional(value) => {
                    found.extend(parsed_literal::<T>(&key, &value, &mut own));
                }
                Entry::Keyed(_, Value::Reported) => {}
                Entry::Keyed(name, _) => own.push(
                    &name,
                    format!("`{key}(...)` takes strings"),
                    Some(&format!("write `{key}({example})`")),
                ),
            }
        }
        if own.is_empty() && found.is_empty() {
            let help = format!("write `{key}({example})`, or remove `{key}`");
            own.push(keyed, format!("`{key}(...)` is empty"), Some(&help));
        }
        let is_complete = own.is_empty();
        self.problems.append(own);
        is_complete.then_some(found)
    }
}
