//! The attributes of `fast-temporal-workflow`, which re-exports and documents them.
//!
//! [`macro@workflow`] adds the base to a workflow's struct. [`macro@workflow_methods`] adds the
//! base's handlers to the impl block and passes the block to the attribute of the same name of
//! Temporal's SDK. So it supports everything that the SDK's attribute does, except workflows that a
//! worker creates with a factory: `#[init]` must create the workflow, because it initializes the
//! base.
#![deny(missing_docs)]

mod workflow;
mod workflow_methods;

use proc_macro::TokenStream;
use syn::Error;

/// Makes a struct a workflow with a base. Put it above `#[derive(…)]`: it adds a hidden field,
/// which `#[init]` sets. Other functions that create the struct write `..Default::default()`.
#[proc_macro_attribute]
pub fn workflow(attribute: TokenStream, item: TokenStream) -> TokenStream {
    reject_arguments(attribute, "workflow")
        .and_then(|()| workflow::expand(item.into()))
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

/// Makes an impl block the methods of a workflow. It supports the SDK's `#[init]`, `#[run]`,
/// `#[signal]`, `#[query]`, `#[update]` and `#[update_validator]`, and also `#[on_activity_error]`
/// and `#[on_cancel]`.
#[proc_macro_attribute]
pub fn workflow_methods(attribute: TokenStream, item: TokenStream) -> TokenStream {
    reject_arguments(attribute, "workflow_methods")
        .and_then(|()| workflow_methods::expand(item.into()))
        .unwrap_or_else(Error::into_compile_error)
        .into()
}

fn reject_arguments(attribute: TokenStream, name: &str) -> syn::Result<()> {
    let attribute = proc_macro2::TokenStream::from(attribute);
    if attribute.is_empty() {
        return Ok(());
    }
    let message = if attribute.to_string() == "factory_only" {
        "#[workflow_methods] does not support `factory_only`: #[init] must create the workflow, \
         because it initializes the base"
            .to_owned()
    } else {
        format!("#[{name}] takes no arguments; set the workflow type with #[run(name = \"…\")]")
    };
    Err(Error::new_spanned(attribute, message))
}
