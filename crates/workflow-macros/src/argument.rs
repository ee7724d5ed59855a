//! What stands in an attribute's parentheses.

use proc_macro2::TokenStream;
use syn::{Error, Result};

/// Refuses arguments of an attribute that takes none.
pub(crate) fn refuse(attribute: &TokenStream, name: &str) -> Result<()> {
    if attribute.is_empty() {
        return Ok(());
    }
    let message = if attribute.to_string() == "factory_only" {
        "a workflow with a base is made by its #[init], which gives it the base: the worker can't \
         make it by a factory"
            .to_owned()
    } else {
        format!(
            "#[{name}] takes no arguments; the workflow's type is named by #[run(name = \"…\")]"
        )
    };
    Err(Error::new_spanned(attribute, message))
}
