//! The attributes of `fast-temporal-workflow`, which re-exports them and says how to use them.
//!
//! [`macro@workflow`] puts the base into a workflow's struct. [`macro@workflow_methods`] adds the
//! base's handlers to its impl block and hands the block on to the Temporal SDK's attribute of the
//! same name, so whatever that one can do is there, but for workflows that a worker makes by a factory:
//! the base begins in `#[init]`.
#![deny(missing_docs)]

mod argument;
mod method;
mod structure;

use proc_macro::TokenStream;

/// Makes a struct a workflow with a base. It goes above `#[derive(…)]`: it adds a hidden field, which
/// `#[init]` fills in. Other functions that make such a struct write `..Default::default()`.
#[proc_macro_attribute]
pub fn workflow(attribute: TokenStream, item: TokenStream) -> TokenStream {
    structure::expand(&attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

/// Makes an impl block a workflow's methods: the SDK's `#[init]`, `#[run]`, `#[signal]`,
/// `#[query]`, `#[update]` and `#[update_validator]`, and besides these `#[on_activity_error]` and
/// `#[on_cancel]`.
#[proc_macro_attribute]
pub fn workflow_methods(attribute: TokenStream, item: TokenStream) -> TokenStream {
    method::expand(&attribute.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
