//! `#[signal]`: the SDK's macro receives a handler whose argument always decodes, and clients have
//! a definition with the argument's own type.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{
    Attribute, Error, Expr, Ident, ImplItem, ImplItemFn, Result, Type, Visibility, parse_quote,
};

use super::signature;

/// The signals of a workflow.
#[derive(Default)]
pub(super) struct Signals(Vec<Definition>);

struct Definition {
    docs: Vec<Attribute>,
    method: Ident,
    visibility: Visibility,
    name: Expr,
    input: Type,
}

impl Signals {
    /// Returns the user's method, and the wrapper for the SDK's macro.
    pub(super) fn add(&mut self, name: Expr, mut method: ImplItemFn) -> Result<[ImplItem; 2]> {
        let parsed = signature::parse(&method, "signal")?;
        signature::returns_nothing(&method, "a signal can't return a value: use #[update]")?;
        let is_async = method.sig.asyncness.is_some();
        if is_async {
            signature::no_receiver(&parsed, "signal")?;
        } else if parsed
            .receiver
            .is_none_or(|receiver| receiver.mutability.is_none())
        {
            let message = "a method with #[signal] that is not async needs `&mut self`";
            return Err(Error::new_spanned(&method.sig, message));
        }
        let called = method.sig.ident.clone();
        let (user, wrapper) = (
            format_ident!("__ft_on_{called}"),
            format_ident!("__ft_{called}"),
        );
        let input: Type = match parsed.input {
            Some(input) => input.clone(),
            None => parse_quote!(()),
        };
        let (context, visibility) = (parsed.context, &method.vis);
        let body = body(&name, &user, is_async, parsed.input.is_some());
        let (asyncness, receiver) = if is_async {
            (quote!(async), quote!())
        } else {
            (quote!(), quote!(&mut self,))
        };
        let wrapper = parse_quote! {
            #[doc(hidden)]
            #[allow(missing_docs)]
            #[signal(name = #name)]
            #visibility #asyncness fn #wrapper(
                #receiver
                ctx: #context,
                input: ::fast_temporal_workflow::__private::SignalInput<#input>,
            ) {
                #body
            }
        };
        let visibility = method.vis.clone();
        let docs = signature::rename(&mut method, user);
        self.0.push(Definition {
            docs,
            method: called,
            visibility,
            name,
            input,
        });
        Ok([ImplItem::Fn(method), wrapper])
    }

    /// Defines the constants that clients use to send the signals.
    pub(super) fn define(&self, workflow: &Ident) -> TokenStream {
        let module = format_ident!("__ft_signals_of_{workflow}");
        let (mut markers, mut constants, mut definitions) =
            (TokenStream::new(), TokenStream::new(), TokenStream::new());
        for (index, signal) in self.0.iter().enumerate() {
            let Definition {
                docs,
                method,
                visibility,
                name,
                input,
            } = signal;
            let marker = format_ident!("Signal{index}");
            let doc = docs.is_empty().then(|| {
                let doc = format!("The signal `{method}`, for a workflow's handle.");
                quote!(#[doc = #doc])
            });
            let marker_visibility = match visibility {
                Visibility::Inherited => quote!(pub(super)),
                other => quote!(#other),
            };
            markers.extend(quote!(#marker_visibility struct #marker;));
            constants.extend(quote! {
                #doc
                #(#docs)*
                #[allow(non_upper_case_globals, dead_code)]
                #visibility const #method: #module::#marker = #module::#marker;
            });
            definitions.extend(quote! {
                impl ::temporalio_workflow::common::SignalDefinition for #module::#marker {
                    type Workflow =
                        <#workflow as ::temporalio_workflow::common::HasWorkflowDefinition>::Run;
                    type Input = #input;

                    fn name(&self) -> &str { #name }
                }
            });
        }
        if self.0.is_empty() {
            return TokenStream::new();
        }
        quote! {
            #[doc(hidden)]
            #[allow(missing_docs, non_snake_case, unreachable_pub)]
            mod #module { #markers }
            impl #workflow { #constants }
            #definitions
        }
    }
}

fn body(name: &Expr, user: &Ident, is_async: bool, has_input: bool) -> TokenStream {
    let private = quote!(::fast_temporal_workflow::__private);
    match (is_async, has_input) {
        (false, false) => quote! {
            input.ignore();
            self.#user(ctx);
        },
        (true, false) => quote! {
            input.ignore();
            Self::#user(ctx).await;
        },
        (false, true) => quote! {
            match input.decoded() {
                ::core::result::Result::Ok(input) => self.#user(ctx, input),
                ::core::result::Result::Err(error) => {
                    #private::drop_signal(self, ctx.is_replaying(), #name, error);
                }
            }
        },
        (true, true) => quote! {
            match input.decoded() {
                ::core::result::Result::Ok(input) => Self::#user(ctx, input).await,
                ::core::result::Result::Err(error) => {
                    let is_replaying = ctx.is_replaying();
                    ctx.state_mut(|state| #private::drop_signal(state, is_replaying, #name, error));
                }
            }
        },
    }
}
