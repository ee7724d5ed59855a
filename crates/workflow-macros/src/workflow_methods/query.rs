//! `#[query]`: adds the type of an error to its text, because clients receive only the text.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Attribute, GenericArgument, ImplItem, ImplItemFn, PathArguments, Result, ReturnType, Type,
    parse_quote,
};

use super::signature;

/// Returns the user's method, and the wrapper for the SDK's macro. A query that can't fail needs no
/// wrapper, nor does one without `self`, which the SDK's macro rejects.
pub(super) fn wrap(attribute: Attribute, mut method: ImplItemFn) -> Result<Vec<ImplItem>> {
    let parsed = signature::parse(&method, "query")?;
    let (Some(receiver), Some(success)) = (parsed.receiver, success(&method.sig.output)) else {
        method.attrs.push(attribute);
        method.attrs.push(parse_quote!(#[allow(missing_docs)]));
        return Ok(vec![ImplItem::Fn(method)]);
    };
    let (called, visibility) = (&method.sig.ident, &method.vis);
    let user = format_ident!("__ft_on_{called}");
    let asyncness = method.sig.asyncness;
    let context = parsed.context;
    let (parameter, argument) = match parsed.input {
        Some(input) => (quote!(input: #input,), quote!(input)),
        None => (TokenStream::new(), TokenStream::new()),
    };
    let mut wrapper: ImplItemFn = parse_quote! {
        #attribute
        #[allow(missing_docs)]
        #visibility #asyncness fn #called(
            #receiver,
            ctx: #context,
            #parameter
        ) -> ::core::result::Result<#success, ::fast_temporal_workflow::__private::QueryError> {
            self.#user(ctx, #argument).map_err(::fast_temporal_workflow::__private::query_error)
        }
    };
    wrapper.attrs.extend(signature::rename(&mut method, user));
    Ok(vec![ImplItem::Fn(method), ImplItem::Fn(wrapper)])
}

/// Returns the success type of a method that returns a `Result`, which is recognized by its name,
/// as the SDK's macro does it.
fn success(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, of) = output else {
        return None;
    };
    let Type::Path(path) = &**of else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(success) if last.ident == "Result" => Some(success),
        _ => None,
    }
}
