//! The mistakes found in one attribute, collected so that all of them are reported at once.

use std::fmt::Display;

use longshore_spec::Explain;
use proc_macro2::TokenStream;
use quote::ToTokens;

/// Mistakes found so far, each at the tokens that hold it.
#[derive(Default)]
pub(crate) struct Problems {
    errors: Option<syn::Error>,
}

impl Problems {
    pub(crate) fn push(&mut self, place: impl ToTokens, message: impl Display, help: Option<&str>) {
        let text = match help {
            Some(help) => format!("{message}\nhelp: {help}"),
            None => message.to_string(),
        };
        self.push_error(syn::Error::new_spanned(place, text));
    }

    /// Reports a broken rule of `longshore_spec` on the value that breaks it.
    pub(crate) fn push_rule(&mut self, place: impl ToTokens, error: &(impl Explain + ?Sized)) {
        self.push(place, error, error.help().as_deref());
    }

    pub(crate) fn push_error(&mut self, error: syn::Error) {
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    pub(crate) fn append(&mut self, others: Self) {
        if let Some(error) = others.errors {
            self.push_error(error);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_none()
    }

    /// `compile_error!` calls for everything that was found.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors
            .map(|errors| errors.into_compile_error())
            .unwrap_or_default()
    }
}
