//! From one attribute and its item to the code that replaces them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ItemUse;

use crate::deployment::Deployment;
use crate::emit;
use crate::flow::Flow;
use crate::function::{Function, Parameter, without_defaults};
use crate::import;
use crate::manifest;
use crate::parameters::Parameters;
use crate::problems::Problems;
use crate::siblings::{Kind, Sibling, is_marked, take_siblings, uses};
use crate::source::{self, Enclosing};
use crate::task::Task;

/// Expands one of our attributes together with its siblings on the same function.
pub(crate) fn expand(kind: Kind, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let mut problems = Problems::default();
    let parsed = syn::parse2::<Function>(item.clone()).ok();
    let parsed = parsed.or_else(|| without_defaults(item, &mut problems));
    let Some(mut function) = parsed else {
        return expand_other(kind, arguments, item);
    };
    let is_expanded = is_marked(&function);
    let siblings = take_siblings(kind, arguments, &mut function, &mut problems);
    if is_expanded {
        // Where it stands now may be no place for more items.
        let errors = problems.into_tokens();
        return quote!(#function #errors);
    }
    let is_task = siblings.iter().any(|sibling| sibling.kind == Kind::Task);
    if let Some(expansion) = misplaced(is_task, &mut function) {
        return expansion;
    }
    let uses = uses(&siblings);
    let expansion = if is_task {
        expand_task(siblings, function, problems)
    } else {
        expand_flow(siblings, function, problems)
    };
    quote!(#expansion #uses)
}

/// Expands a function where no attribute can work; its other mistakes are not reported.
fn misplaced(is_task: bool, function: &mut Function) -> Option<TokenStream> {
    let mut problems = Problems::default();
    let owner = if is_task { "task" } else { "flow" };
    let name = function.signature.ident.clone();
    if source::is_repeated(&function.signature) {
        problems.push(
            &name,
            format!("two functions of this module are named `{name}`"),
            Some("rename one of the two"),
        );
        // The second definition would be reported again by the compiler.
        return Some(problems.into_tokens());
    }
    // A task without `self` works in an `impl`, too: its expansion is the function alone.
    let enclosing = match function.has_body() {
        false => Some(Enclosing::Trait),
        true => source::enclosing(&function.signature).filter(|_| !is_task),
    };
    if let Some(receiver) = function.signature.receiver() {
        problems.push(
            receiver,
            format!("a {owner} is a free function, without `self`"),
            Some(enclosing.unwrap_or(Enclosing::Impl).help()),
        );
    } else if let Some(enclosing) = enclosing {
        problems.push(
            &name,
            format!("a {owner} is a free function"),
            Some(enclosing.help()),
        );
    }
    if problems.is_empty() {
        report_renamed(&name, &mut problems);
    }
    if problems.is_empty() {
        return None;
    }
    // Takes `#[param]` off; further mistakes are reported once the function is where it can be a flow.
    function.take_parameters(owner, &mut Problems::default());
    let errors = problems.into_tokens();
    Some(quote!(#function #errors))
}

/// Reports that the expansions, which name `::longshore`, do not compile in this package.
pub(crate) fn report_renamed(place: &impl ToTokens, problems: &mut Problems) {
    if let Some(name) = manifest::renamed() {
        problems.push(
            place,
            format!("this package depends on `longshore` under the name `{name}`"),
            Some(&format!(
                "write `longshore = ...` in place of `{name} = {{ package = \"longshore\", ... }}` in Cargo.toml"
            )),
        );
    }
}

/// An item that is no function: a `use` of a flow can be deployed.
fn expand_other(kind: Kind, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    if kind == Kind::Deployment
        && let Ok(import) = syn::parse2::<ItemUse>(item.clone())
    {
        return import::expand(arguments, import);
    }
    let mut problems = Problems::default();
    let (message, help) = match kind {
        Kind::Deployment => (
            "a deployment is declared on a flow's function, or on a `use` of it",
            "put the attribute on an `async fn`, a `fn` or a `use`",
        ),
        Kind::Flow | Kind::Task => (
            "flows and tasks are functions",
            "put the attribute on an `async fn` or a `fn`",
        ),
    };
    problems.push(item, message, Some(help));
    let errors = problems.into_tokens();
    quote!(#item #errors)
}

fn expand_flow(
    siblings: Vec<Sibling>,
    mut function: Function,
    mut problems: Problems,
) -> TokenStream {
    let parameters = function.take_parameters("flow", &mut problems);
    report_too_many(&parameters, &mut problems);
    let mut options = TokenStream::new();
    let mut deployments = Vec::new();
    for sibling in siblings {
        match sibling.kind {
            Kind::Deployment => deployments.push(Deployment::read(
                sibling.arguments,
                sibling.place,
                Parameters::Here(&parameters),
                &mut problems,
            )),
            Kind::Flow | Kind::Task => options = sibling.arguments,
        }
    }
    let flow = Flow::read(options, &parameters, &mut problems);
    report_equal_names(&deployments, &mut problems);
    let name = emit::flow::name(&flow, &function, &mut problems);
    let correct = problems.is_empty();
    let errors = problems.into_tokens();
    let checks = emit::checks::checks(&parameters, &deployments, correct);
    let registration = correct
        .then(|| emit::flow::registration(&flow, &name, &function, &parameters, &deployments));
    if correct {
        function
            .attributes
            .extend(emit::deployment::documentation(&deployments));
        let function = emit::subflow::outer(&flow, &function, &parameters);
        return quote!(#function #checks #registration);
    }
    quote!(#function #errors #checks)
}

/// As many as the library can call a function with.
const MOST_PARAMETERS: usize = 32;

fn report_too_many(parameters: &[Parameter], problems: &mut Problems) {
    if let Some(parameter) = parameters.get(MOST_PARAMETERS) {
        problems.push(
            &parameter.name,
            format!("a flow has at most {MOST_PARAMETERS} parameters"),
            Some("put some of them into a struct that derives `Serialize`, `Deserialize` and `JsonSchema`"),
        );
    }
}

fn expand_task(
    siblings: Vec<Sibling>,
    mut function: Function,
    mut problems: Problems,
) -> TokenStream {
    let parameters = function.take_parameters("task", &mut problems);
    for parameter in &parameters {
        if !matches!(parameter.default, crate::function::ParameterDefault::None) {
            problems.push(
                &parameter.name,
                "a task has no parameter defaults: it is called from Rust",
                Some("remove `#[param]`"),
            );
        }
    }
    let options = siblings
        .into_iter()
        .find(|sibling| sibling.kind == Kind::Task)
        .map(|sibling| sibling.arguments)
        .unwrap_or_default();
    let task = Task::read(options, &mut problems);
    let name = emit::task::name(&task, &function, &mut problems);
    if !problems.is_empty() {
        let errors = problems.into_tokens();
        // The stand-in keeps callers of the task free of errors that are not theirs.
        let function = emit::task::stand_in(&function, &parameters);
        return quote!(#function #errors);
    }
    emit::task::task(&task, &name, &function, &parameters)
}

pub(crate) fn report_equal_names(deployments: &[Deployment], problems: &mut Problems) {
    let mut names: Vec<String> = Vec::new();
    for deployment in deployments {
        let Some(literal) = deployment
            .name
            .as_ref()
            .and_then(|name| name.literal.as_ref())
        else {
            continue;
        };
        let name = literal.value();
        if names.contains(&name) {
            problems.push(
                literal,
                format!("two deployments of this flow are named `{name}`"),
                Some("the server keeps one deployment per flow and name: change one of the two"),
            );
        }
        names.push(name);
    }
}
