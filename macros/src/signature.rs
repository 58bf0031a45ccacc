//! Rules for the signature of a flow or a task.

use quote::ToTokens;
use syn::{
    GenericArgument, PathArguments, ReturnType, Safety, Signature, Type, TypeParamBound, TypePath,
};

use crate::problems::Problems;

/// Checks everything but the parameters.
pub(crate) fn check_signature(owner: &str, signature: &Signature, problems: &mut Problems) {
    if !signature.generics.params.is_empty() {
        problems.push(
            &signature.generics,
            format!("a {owner} cannot be generic: the server knows one set of parameters"),
            Some("write the types out"),
        );
    }
    if let Safety::Unsafe(unsafety) = &signature.safety {
        problems.push(unsafety, format!("a {owner} cannot be unsafe"), None);
    }
    if let Some(abi) = &signature.abi {
        problems.push(
            abi,
            format!("a {owner} is a Rust function"),
            Some("remove `extern`"),
        );
    }
    if let Some(constness) = &signature.constness {
        problems.push(constness, format!("a {owner} cannot be const"), None);
    }
    if owner == "flow"
        && let ReturnType::Type(_, output) = &signature.output
        && let Some(error) = boxed_error_of_one_thread(output)
    {
        problems.push(
            error,
            "the error of a flow is sent to another thread, and a `Box<dyn Error>` cannot be",
            Some("write `Box<dyn Error + Send + Sync>`"),
        );
    }
}

/// Checks that the type of a parameter borrows nothing.
pub(crate) fn check_owned(owner: &str, r#type: &Type, problems: &mut Problems) {
    let help = match owned(r#type) {
        Some(owned) => format!("write `{owned}`"),
        None => "write a type without references and lifetimes".to_owned(),
    };
    match r#type {
        Type::Reference(_) => problems.push(
            r#type,
            format!("a parameter of a {owner} is an owned type, not a reference"),
            Some(match r#type {
                Type::Reference(reference) if owned(r#type).is_none() => match &*reference.elem {
                    Type::Slice(_) => "write `Vec<...>`",
                    _ => "remove the `&`",
                },
                _ => &help,
            }),
        ),
        Type::ImplTrait(_) => problems.push(
            r#type,
            format!("a parameter of a {owner} has a named type, not `impl Trait`"),
            Some("write the type out"),
        ),
        _ if borrows(r#type) => problems.push(
            r#type,
            format!(
                "a parameter of a {owner} is an owned type, and `{}` borrows",
                written(r#type)
            ),
            Some(&help),
        ),
        _ => {}
    }
}

/// Whether a type has a reference or a lifetime other than `'static`.
fn borrows(r#type: &Type) -> bool {
    match r#type {
        Type::Reference(_) => true,
        Type::Array(array) => borrows(&array.elem),
        Type::Group(group) => borrows(&group.elem),
        Type::Paren(paren) => borrows(&paren.elem),
        Type::Tuple(tuple) => tuple.elems.iter().any(borrows),
        Type::Path(path) => arguments(path).any(|argument| match argument {
            GenericArgument::Lifetime(lifetime) => lifetime.ident != "static",
            GenericArgument::Type(r#type) => borrows(r#type),
            _ => false,
        }),
        _ => false,
    }
}

/// The owned type in place of a borrowed string, also within `Option` and `Vec`.
fn owned(r#type: &Type) -> Option<String> {
    match r#type {
        Type::Reference(reference) => is_str(&reference.elem).then(|| "String".to_owned()),
        Type::Path(path) => {
            let name = &path.path.segments.last()?.ident;
            let mut types = arguments(path).filter_map(|argument| match argument {
                GenericArgument::Type(r#type) => Some(r#type),
                _ => None,
            });
            let inner = types.next()?;
            if name == "Cow" {
                return is_str(inner).then(|| "String".to_owned());
            }
            if types.next().is_some() || !(name == "Option" || name == "Vec") {
                return None;
            }
            Some(format!("{name}<{}>", owned(inner)?))
        }
        _ => None,
    }
}

fn is_str(r#type: &Type) -> bool {
    matches!(r#type, Type::Path(path) if path.path.is_ident("str"))
}

/// The generic arguments of a path's last part.
fn arguments(path: &TypePath) -> impl Iterator<Item = &GenericArgument> {
    let last = path.path.segments.last();
    let arguments = last.and_then(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments.args.iter()),
        _ => None,
    });
    arguments.into_iter().flatten()
}

/// The type as rustfmt writes it, as far as paths and references go.
pub(crate) fn written(r#type: &Type) -> String {
    let text = r#type.to_token_stream().to_string();
    let text = text.replace(" :: ", "::").replace(" < ", "<");
    let text = text.replace(" >", ">").replace(" ,", ",");
    text.replace("& ", "&")
}

/// The type within an `Option` that is written as one.
pub(crate) fn option_of(r#type: &Type) -> Option<&Type> {
    let Type::Path(path) = r#type else {
        return None;
    };
    if path.path.segments.last()?.ident != "Option" {
        return None;
    }
    match arguments(path).next() {
        Some(GenericArgument::Type(inner)) => Some(inner),
        _ => None,
    }
}

/// The type within `Option`, `Vec` and `Box`.
pub(crate) fn innermost(r#type: &Type) -> &Type {
    let Type::Path(path) = r#type else {
        return r#type;
    };
    let Some(last) = path.path.segments.last() else {
        return r#type;
    };
    if !["Option", "Vec", "Box"]
        .iter()
        .any(|name| last.ident == name)
    {
        return r#type;
    }
    match arguments(path).next() {
        Some(GenericArgument::Type(inner)) => innermost(inner),
        _ => r#type,
    }
}

/// The error of a `Result<T, Box<dyn Error>>` whose box cannot be sent to another thread.
fn boxed_error_of_one_thread(output: &Type) -> Option<&Type> {
    let Type::Path(path) = output else {
        return None;
    };
    if path.path.segments.last()?.ident != "Result" {
        return None;
    }
    let Some(GenericArgument::Type(error)) = arguments(path).nth(1) else {
        return None;
    };
    let Type::Path(boxed) = error else {
        return None;
    };
    if boxed.path.segments.last()?.ident != "Box" {
        return None;
    }
    let Some(GenericArgument::Type(Type::TraitObject(object))) = arguments(boxed).next() else {
        return None;
    };
    let has = |name: &str| {
        object.bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => {
                let last = bound.path.segments.last();
                last.is_some_and(|segment| segment.ident == name)
            }
            _ => false,
        })
    };
    (has("Error") && !(has("Send") && has("Sync"))).then_some(error)
}
