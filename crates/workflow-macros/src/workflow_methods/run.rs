//! `#[run]`: the base runs the user's method, upserts reports meanwhile, and handles the outcome.

use quote::format_ident;
use syn::{Attribute, Error, ImplItem, ImplItemFn, Result, ReturnType, parse_quote};

use super::signature;

/// Returns the user's method, and the wrapper that Temporal runs.
pub(super) fn wrap(attribute: &Attribute, mut method: ImplItemFn) -> Result<[ImplItem; 2]> {
    signature::asynchronous(&method, "run")?;
    let parsed = signature::parse(&method, "run")?;
    signature::no_receiver(&parsed, "run")?;
    let ReturnType::Type(_, output) = &method.sig.output else {
        let message = "a method with #[run] must return a `WorkflowResult<…>`";
        return Err(Error::new_spanned(&method.sig, message));
    };
    let user = format_ident!("__ft_on_run");
    let (name, visibility, context) = (&method.sig.ident, &method.vis, parsed.context);
    let mut wrapper: ImplItemFn = match parsed.input {
        Some(input) => parse_quote! {
            #[allow(missing_docs)]
            #attribute
            #visibility async fn #name(ctx: #context, input: #input) -> #output {
                let base = ::core::clone::Clone::clone(ctx);
                ::fast_temporal_workflow::__private::run_workflow(base, Self::#user(ctx, input)).await
            }
        },
        None => parse_quote! {
            #[allow(missing_docs)]
            #attribute
            #visibility async fn #name(ctx: #context) -> #output {
                let base = ::core::clone::Clone::clone(ctx);
                ::fast_temporal_workflow::__private::run_workflow(base, Self::#user(ctx)).await
            }
        },
    };
    wrapper.attrs.extend(signature::rename(&mut method, user));
    Ok([ImplItem::Fn(method), ImplItem::Fn(wrapper)])
}
