//! `#[run]`: the base drives the user's method, so that reports are sent and endings are seen to.

use quote::format_ident;
use syn::{Attribute, Error, ImplItem, ImplItemFn, Result, ReturnType, parse_quote};

use super::shape;

/// The user's method, and the one that Temporal runs.
pub(super) fn wrap(attribute: &Attribute, mut method: ImplItemFn) -> Result<[ImplItem; 2]> {
    shape::asynchronous(&method, "run")?;
    let shape = shape::of(&method, "run")?;
    shape::no_receiver(&shape, "run")?;
    let ReturnType::Type(_, output) = &method.sig.output else {
        let message = "#[run] returns a `WorkflowResult<…>`";
        return Err(Error::new_spanned(&method.sig, message));
    };
    let user = format_ident!("__ft_on_run");
    let (name, visibility, context) = (&method.sig.ident, &method.vis, shape.context);
    let mut wrapper: ImplItemFn = match shape.input {
        Some(input) => parse_quote! {
            #[allow(missing_docs)]
            #attribute
            #visibility async fn #name(ctx: #context, input: #input) -> #output {
                let base = ::core::clone::Clone::clone(ctx);
                ::fast_temporal_workflow::__private::drive(base, Self::#user(ctx, input)).await
            }
        },
        None => parse_quote! {
            #[allow(missing_docs)]
            #attribute
            #visibility async fn #name(ctx: #context) -> #output {
                let base = ::core::clone::Clone::clone(ctx);
                ::fast_temporal_workflow::__private::drive(base, Self::#user(ctx)).await
            }
        },
    };
    wrapper.attrs.extend(shape::rename(&mut method, user));
    Ok([ImplItem::Fn(method), ImplItem::Fn(wrapper)])
}
