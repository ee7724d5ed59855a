//! `#[query]`: an error's type goes along in its text, which is all that reaches clients.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Attribute, GenericArgument, ImplItem, ImplItemFn, PathArguments, Result, ReturnType, Type,
    parse_quote,
};

use super::shape;

/// The user's method, and the one that the SDK's macro sees. One that can't fail is that itself, and
/// so is one without `self`, which that macro refuses.
pub(super) fn wrap(attribute: Attribute, mut method: ImplItemFn) -> Result<Vec<ImplItem>> {
    let shape = shape::of(&method, "query")?;
    let (Some(receiver), Some(answer)) = (shape.receiver, answer(&method.sig.output)) else {
        method.attrs.push(attribute);
        method.attrs.push(parse_quote!(#[allow(missing_docs)]));
        return Ok(vec![ImplItem::Fn(method)]);
    };
    let (called, visibility) = (&method.sig.ident, &method.vis);
    let user = format_ident!("__ft_on_{called}");
    let asyncness = method.sig.asyncness;
    let context = shape.context;
    let (parameter, argument) = match shape.input {
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
        ) -> ::core::result::Result<#answer, ::fast_temporal_workflow::__private::QueryError> {
            self.#user(ctx, #argument).map_err(::fast_temporal_workflow::__private::query_error)
        }
    };
    wrapper.attrs.extend(shape::rename(&mut method, user));
    Ok(vec![ImplItem::Fn(method), ImplItem::Fn(wrapper)])
}

/// What a method answers that may fail, seen as the SDK's macro sees it: by the name `Result`.
fn answer(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, of) = output else {
        return None;
    };
    let Type::Path(path) = &**of else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(answer) if last.ident == "Result" => Some(answer),
        _ => None,
    }
}
