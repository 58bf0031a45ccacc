//! The user's function: its signature is read, its body is passed on untouched.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, FnArg, Ident, Meta, Pat, ReturnType, Signature, Type, Visibility};

use crate::keyed::assigned;
use crate::list::{Keys, parse_list};
use crate::mismatch;
use crate::problems::Problems;
use crate::signature::{check_owned, check_signature};

/// A function whose body may not even parse, so that an editor keeps working on it.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Function {
    /// Returns whether the function has a body, as every function outside a trait does.
    pub(crate) fn has_body(&self) -> bool {
        let mut tokens = self.body.clone().into_iter();
        tokens.any(|token| matches!(token, TokenTree::Group(_)))
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// The function whose parameters have defaults as in Python, without them; each is reported.
pub(crate) fn without_defaults(item: &TokenStream, problems: &mut Problems) -> Option<Function> {
    let mut found = Problems::default();
    let mut is_function = false;
    let mut is_done = false;
    let tokens = item.clone().into_iter().map(|token| match token {
        TokenTree::Ident(word) => {
            is_function |= word == "fn";
            TokenTree::Ident(word)
        }
        TokenTree::Group(group)
            if is_function && !is_done && group.delimiter() == Delimiter::Parenthesis =>
        {
            is_done = true;
            let parameters = take_defaults(group.stream(), &mut found);
            let mut parameters = Group::new(Delimiter::Parenthesis, parameters);
            parameters.set_span(group.span());
            TokenTree::Group(parameters)
        }
        other => other,
    });
    let function = syn::parse2(tokens.collect()).ok()?;
    problems.append(found);
    Some(function)
}

/// Takes `= value` off each parameter.
fn take_defaults(parameters: TokenStream, problems: &mut Problems) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut tokens = parameters.into_iter().peekable();
    // The parameter up to its default, for the message.
    let mut parameter = TokenStream::new();
    while let Some(token) = tokens.next() {
        let punctuation = match &token {
            TokenTree::Punct(punctuation) => punctuation.as_char(),
            _ => ' ',
        };
        if punctuation == '=' {
            let mut value = TokenStream::new();
            while let Some(part) = tokens.next_if(|part| !is_comma(part)) {
                value.extend([part]);
            }
            let help = format!(
                "write `#[param(default = {value})] {}`",
                parameter.to_string().replace(" :", ":")
            );
            problems.push(
                &value,
                "the default of a parameter is an attribute of it",
                Some(&help),
            );
            continue;
        }
        if punctuation == ',' {
            parameter = TokenStream::new();
        } else {
            parameter.extend([token.clone()]);
        }
        kept.extend([token]);
    }
    kept
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punctuation) if punctuation.as_char() == ',')
}

/// Keys of `#[param]`.
pub(crate) const PARAMETER_KEYS: &[&str] = &["default", "default_with"];

/// Where the value of a parameter comes from that nobody gave.
pub(crate) enum ParameterDefault {
    None,
    /// `default = expression`
    Value(Expr),
    /// `default_with = path`
    Call(Expr),
}

/// One parameter of the function.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) r#type: Type,
    pub(crate) description: Option<String>,
    pub(crate) default: ParameterDefault,
}

impl Function {
    /// The doc comment, without the blank that follows the slashes.
    pub(crate) fn description(&self) -> Option<String> {
        doc_text(&self.attributes)
    }

    /// Checks the signature and takes `#[param]` and doc comments off the parameters.
    pub(crate) fn take_parameters(
        &mut self,
        owner: &str,
        problems: &mut Problems,
    ) -> Vec<Parameter> {
        check_signature(owner, &self.signature, problems);
        let mut parameters = Vec::new();
        for input in &mut self.signature.inputs {
            match input {
                FnArg::Receiver(receiver) => problems.push(
                    &*receiver,
                    format!("a {owner} is a free function, without `self`"),
                    Some("move it out of the `impl` block"),
                ),
                FnArg::Typed(argument) => {
                    let description = doc_text(&argument.attrs);
                    let default = take_default(&mut argument.attrs, problems);
                    let Pat::Ident(name) = &*argument.pat else {
                        problems.push(
                            &argument.pat,
                            format!("a parameter of a {owner} needs a name"),
                            Some("write `name: Type` and take the value apart in the body"),
                        );
                        continue;
                    };
                    check_owned(owner, &argument.ty, problems);
                    if let ParameterDefault::Value(value) = &default {
                        mismatch::report(&name.ident, "default", &argument.ty, value, problems);
                    }
                    parameters.push(Parameter {
                        name: name.ident.clone(),
                        r#type: (*argument.ty).clone(),
                        description,
                        default,
                    });
                }
            }
        }
        parameters
    }

    /// The signature of a function that only passes its parameters on to this one.
    pub(crate) fn outer_signature(&self) -> Signature {
        let mut signature = self.signature.clone();
        for input in &mut signature.inputs {
            if let FnArg::Typed(argument) = input
                && let Pat::Ident(name) = &mut *argument.pat
            {
                name.mutability = None;
            }
        }
        signature
    }

    /// The return type, `()` if there is none.
    pub(crate) fn output(&self) -> Type {
        match &self.signature.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, output) => (**output).clone(),
        }
    }
}

fn take_default(attributes: &mut Vec<Attribute>, problems: &mut Problems) -> ParameterDefault {
    let mut default = ParameterDefault::None;
    for attribute in &*attributes {
        if !attribute.path().is_ident("param") {
            continue;
        }
        let Meta::List(list) = &attribute.meta else {
            problems.push(
                attribute,
                "`#[param]` takes a default",
                Some("write `#[param(default = 1)]` or `#[param(default_with = function)]`"),
            );
            continue;
        };
        let entries = parse_list(list.tokens.clone(), problems);
        let mut keys = Keys::collect("`#[param]`", PARAMETER_KEYS, entries, problems);
        let value = keys.take("default");
        let call = keys.take("default_with");
        if let (Some(_), Some(call)) = (&value, &call) {
            problems.push(
                &call.key,
                "`default` and `default_with` exclude each other",
                Some("`default` is shown in the server's form, `default_with` is called per run"),
            );
        }
        if let Some(value) = value {
            if let Some(value) = assigned(&value, "1", problems) {
                default = ParameterDefault::Value(value.clone());
            }
        } else if let Some(call) = call
            && let Some(call) = assigned(&call, "function", problems)
        {
            default = ParameterDefault::Call(call.clone());
        }
    }
    attributes.retain(|attribute| {
        !attribute.path().is_ident("param") && !attribute.path().is_ident("doc")
    });
    default
}

/// Text of a doc comment without the indentation that all its lines have, as rustdoc shows it.
fn doc_text(attributes: &[Attribute]) -> Option<String> {
    let values: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => {
                let text = crate::value::string_literal(&pair.value)?.value();
                Some(without_stars(&text))
            }
            _ => None,
        })
        .collect();
    let text = values.join("\n");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let written = lines.iter().filter(|line| !line.is_empty());
    let common = written.map(indentation).min().unwrap_or_default();
    let lines: Vec<&str> = lines
        .iter()
        .map(|line| line.get(common..).unwrap_or_default())
        .collect();
    let text = lines.join("\n").trim_matches('\n').to_owned();
    (!text.is_empty()).then_some(text)
}

/// Text of a block comment without the stars at the start of its lines, if each further line has one.
fn without_stars(text: &str) -> String {
    let is_starred = |line: &str| line.trim_start().starts_with('*') || line.trim().is_empty();
    if !text.contains('\n') || !text.lines().skip(1).all(is_starred) {
        return text.to_owned();
    }
    let lines = text.lines().map(|line| {
        let starred = line.trim_start().strip_prefix('*');
        starred.unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn doc_comments_keep_their_nested_indentation() {
        let lines: Vec<Attribute> = vec![
            parse_quote!(#[doc = " Loads:"]),
            parse_quote!(#[doc = " - prices"]),
            parse_quote!(#[doc = "   - hourly  "]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = "     code"]),
            parse_quote!(#[doc = ""]),
        ];
        let expected = "Loads:\n- prices\n  - hourly\n\n    code";
        assert_eq!(doc_text(&lines).as_deref(), Some(expected));
        let block: Vec<Attribute> =
            vec![parse_quote!(#[doc = "\n * Loads:\n * - prices\n *   - hourly\n "])];
        let expected = "Loads:\n- prices\n  - hourly";
        assert_eq!(doc_text(&block).as_deref(), Some(expected));
        let block: Vec<Attribute> = vec![parse_quote!(#[doc = " One.\n\n    code\n    more"])];
        assert_eq!(
            doc_text(&block).as_deref(),
            Some("One.\n\n   code\n   more")
        );
        assert_eq!(doc_text(&[parse_quote!(#[doc = "  "])]), None);
    }
}
