//! `#[deployment(...)]` on a `use`: a deployment that is declared away from its flow.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, ItemUse, Token, UseTree};

use crate::deployment::Deployment;
use crate::emit::elsewhere;
use crate::expand::{report_equal_names, report_renamed};
use crate::manifest;
use crate::parameters::Parameters;
use crate::problems::Problems;
use crate::siblings::{Kind, take, uses};

/// The path by which a `use` names one flow.
pub(crate) struct FlowPath {
    leading_colon: Option<Token![::]>,
    /// Everything before the function; at least one.
    pub(crate) modules: Vec<Ident>,
    pub(crate) function: Ident,
}

impl FlowPath {
    pub(crate) fn read(import: &ItemUse, problems: &mut Problems) -> Option<Self> {
        let mut modules = Vec::new();
        let mut tree = &import.tree;
        let function = loop {
            match tree {
                UseTree::Path(path) => {
                    modules.push(path.ident.clone());
                    tree = &path.tree;
                }
                UseTree::Name(name) => break name.ident.clone(),
                UseTree::Rename(rename) => break rename.ident.clone(),
                UseTree::Glob(_) | UseTree::Group(_) => {
                    problems.push(
                        tree,
                        "a deployment is of one flow",
                        Some("name it alone: `use crate_name::flow;`"),
                    );
                    return None;
                }
            }
        };
        if modules.is_empty() {
            problems.push(
                &function,
                "this names a crate, not a flow",
                Some(&format!("write `use {function}::flow;`")),
            );
            return None;
        }
        Some(Self {
            leading_colon: import.leading_colon,
            modules,
            function,
        })
    }

    /// The module of the flow, as a path.
    pub(crate) fn module(&self) -> TokenStream {
        let Self {
            leading_colon,
            modules,
            ..
        } = self;
        quote!(#leading_colon #(#modules)::*)
    }
}

/// Expands the attributes of one `use`, which stays as it is.
pub(crate) fn expand(arguments: TokenStream, mut import: ItemUse) -> TokenStream {
    let mut problems = Problems::default();
    let tree = import.tree.to_token_stream();
    let siblings = take(
        Kind::Deployment,
        arguments,
        &mut import.attrs,
        &tree,
        &mut problems,
    );
    let uses = uses(&siblings);
    let mut deployments = Vec::new();
    for sibling in siblings {
        if sibling.kind == Kind::Deployment {
            deployments.push(Deployment::read(
                sibling.arguments,
                sibling.place,
                Parameters::Elsewhere,
                &mut problems,
            ));
        } else {
            problems.push(
                &sibling.place,
                format!("`#[{}]` stands on a function", sibling.kind.name()),
                Some("a `use` takes `#[deployment(...)]` alone"),
            );
        }
    }
    report_equal_names(&deployments, &mut problems);
    report_renamed(&tree, &mut problems);
    let flow = FlowPath::read(&import, &mut problems);
    // The import serves the declaration, whether or not the flow is called here.
    let allow = quote!(#[allow(unused_imports)]);
    let correct = problems.is_empty();
    let errors = problems.into_tokens();
    let flow = flow.filter(|_| manifest::renamed().is_none());
    let declared = flow.map(|flow| elsewhere::declared(&flow, &deployments, correct));
    quote!(#allow #import #uses #errors #declared)
}

/// The name of the type that stands beside a flow's function and tells what it takes.
pub(crate) fn declaration_name(function: &Ident, span: Span) -> Ident {
    let name = crate::parameters::plain_name(function);
    Ident::new(&format!("__longshore_flow_{name}"), span)
}
