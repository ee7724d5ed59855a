//! `#[init]`: initializes the base when the workflow starts.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Error, ExprStruct, Ident, ImplItem, ImplItemFn, Result, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::signature;

/// The `#[init]` of a workflow without one.
pub(super) fn default() -> ImplItem {
    let body = init_base(&quote!(<Self as ::core::default::Default>::default()));
    parse_quote! {
        #[init]
        fn __ft_init(ctx: &::temporalio_workflow::WorkflowContextView) -> Self { #body }
    }
}

/// Returns the user's method, and the wrapper that calls it.
pub(super) fn wrap(workflow: &Ident, mut method: ImplItemFn) -> Result<[ImplItem; 2]> {
    if let Some(asyncness) = method.sig.asyncness {
        return Err(Error::new_spanned(
            asyncness,
            "a method with #[init] can't be async",
        ));
    }
    let parsed = signature::parse(&method, "init")?;
    if let Some(receiver) = parsed.receiver {
        let message = "a method with #[init] can't take self, because it creates the workflow";
        return Err(Error::new_spanned(receiver, message));
    }
    let user = format_ident!("__ft_on_init");
    let context = parsed.context;
    let mut wrapper: ImplItemFn = if let Some(input) = parsed.input {
        let body = init_base(&quote!(Self::#user(ctx, input)));
        parse_quote! {
            #[init]
            fn __ft_init(ctx: #context, input: #input) -> Self { #body }
        }
    } else {
        let body = init_base(&quote!(Self::#user(ctx)));
        parse_quote! {
            #[init]
            fn __ft_init(ctx: #context) -> Self { #body }
        }
    };
    wrapper.attrs.extend(signature::rename(&mut method, user));
    AddBase(workflow).visit_block_mut(&mut method.block);
    Ok([ImplItem::Fn(method), ImplItem::Fn(wrapper)])
}

fn init_base(created: &TokenStream) -> TokenStream {
    quote! {
        let mut this: Self = #created;
        ::fast_temporal_workflow::__private::init_base(&mut this, ctx);
        this
    }
}

/// Adds the hidden field to `Self { … }` and to the same with the workflow's name, because users
/// can't name the field.
struct AddBase<'a>(&'a Ident);

impl VisitMut for AddBase<'_> {
    fn visit_expr_struct_mut(&mut self, literal: &mut ExprStruct) {
        let is_workflow = literal.path.is_ident("Self") || literal.path.is_ident(self.0);
        if is_workflow && literal.rest.is_none() {
            literal.fields.push(parse_quote! {
                __fast_temporal: ::fast_temporal_workflow::Base::default()
            });
        }
        visit_mut::visit_expr_struct_mut(self, literal);
    }
}
