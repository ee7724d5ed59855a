//! The arguments of the attributes.

use proc_macro2::TokenStream;
use syn::{Error, Result};

/// Rejects the arguments of an attribute that takes none.
pub(crate) fn reject_arguments(attribute: &TokenStream, name: &str) -> Result<()> {
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
