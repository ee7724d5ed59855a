//! `#[init]`: the base begins with the workflow.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Error, ExprStruct, Ident, ImplItem, ImplItemFn, Result, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::shape;

/// What stands for `#[init]` where there is none.
pub(super) fn by_default() -> ImplItem {
    let begin = begin(&quote!(<Self as ::core::default::Default>::default()));
    parse_quote! {
        #[init]
        fn __ft_init(ctx: &::temporalio_workflow::WorkflowContextView) -> Self { #begin }
    }
}

/// The user's method, and the one that calls it.
pub(super) fn wrap(workflow: &Ident, mut method: ImplItemFn) -> Result<[ImplItem; 2]> {
    if let Some(asyncness) = method.sig.asyncness {
        return Err(Error::new_spanned(asyncness, "#[init] is not async"));
    }
    let shape = shape::of(&method, "init")?;
    if let Some(receiver) = shape.receiver {
        let message = "#[init] makes the workflow, so it takes no self";
        return Err(Error::new_spanned(receiver, message));
    }
    let user = format_ident!("__ft_on_init");
    let context = shape.context;
    let mut wrapper: ImplItemFn = if let Some(input) = shape.input {
        let begin = begin(&quote!(Self::#user(ctx, input)));
        parse_quote! {
            #[init]
            fn __ft_init(ctx: #context, input: #input) -> Self { #begin }
        }
    } else {
        let begin = begin(&quote!(Self::#user(ctx)));
        parse_quote! {
            #[init]
            fn __ft_init(ctx: #context) -> Self { #begin }
        }
    };
    wrapper.attrs.extend(shape::rename(&mut method, user));
    AddBase(workflow).visit_block_mut(&mut method.block);
    Ok([ImplItem::Fn(method), ImplItem::Fn(wrapper)])
}

fn begin(made: &TokenStream) -> TokenStream {
    quote! {
        let mut this: Self = #made;
        ::fast_temporal_workflow::__private::begin(&mut this, ctx);
        this
    }
}

/// Adds the hidden field to `Self { … }`, also by the workflow's name: the user could not name it.
struct AddBase<'a>(&'a Ident);

impl VisitMut for AddBase<'_> {
    fn visit_expr_struct_mut(&mut self, made: &mut ExprStruct) {
        let is_workflow = made.path.is_ident("Self") || made.path.is_ident(self.0);
        if is_workflow && made.rest.is_none() {
            made.fields.push(parse_quote! {
                __fast_temporal: ::fast_temporal_workflow::Base::default()
            });
        }
        visit_mut::visit_expr_struct_mut(self, made);
    }
}
