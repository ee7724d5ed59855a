//! `#[on_activity_error]` and `#[on_cancel]`: the implementation of `Hooks`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, Ident, ImplItemFn, Result};

use super::signature;

#[derive(Default)]
pub(super) struct Hooks {
    on_activity_error: Option<Hook>,
    /// The hook, and whether it accepts the reason.
    on_cancel: Option<(Hook, bool)>,
}

struct Hook {
    method: Ident,
    conditions: Vec<Attribute>,
}

impl Hook {
    fn of(method: &ImplItemFn) -> Self {
        Self {
            method: method.sig.ident.clone(),
            conditions: signature::conditions(method),
        }
    }
}

impl Hooks {
    pub(super) fn on_activity_error(&mut self, method: &ImplItemFn) -> Result<()> {
        const ROLE: &str = "on_activity_error";
        let takes_failure = check(method, ROLE, self.on_activity_error.is_some())?;
        if !takes_failure {
            let message = "#[on_activity_error] needs the failure as an argument: \
                `async fn handle_activity_error(ctx: &mut WorkflowContext<Self>, failure: ActivityFailure)`";
            return Err(Error::new_spanned(&method.sig, message));
        }
        self.on_activity_error = Some(Hook::of(method));
        Ok(())
    }

    pub(super) fn on_cancel(&mut self, method: &ImplItemFn) -> Result<()> {
        signature::returns_nothing(method, "a method with #[on_cancel] can't return a value")?;
        let takes_reason = check(method, "on_cancel", self.on_cancel.is_some())?;
        self.on_cancel = Some((Hook::of(method), takes_reason));
        Ok(())
    }

    pub(super) fn implement(&self, workflow: &Ident) -> TokenStream {
        let private = quote!(::fast_temporal_workflow::__private);
        let on_activity_error = self.on_activity_error.as_ref().map(|hook| {
            let Hook { method, conditions } = hook;
            quote! {
                #(#conditions)*
                fn on_activity_error(
                    mut ctx: ::temporalio_workflow::WorkflowContext<Self>,
                    failure: ::fast_temporal_workflow::ActivityFailure,
                ) -> #private::LocalBoxFuture<'static, ::temporalio_workflow::WorkflowResult<()>> {
                    ::std::boxed::Box::pin(async move {
                        #private::HookResult::into_result(Self::#method(&mut ctx, failure).await)
                    })
                }
            }
        });
        let on_cancel = self.on_cancel.as_ref().map(|(hook, takes_reason)| {
            let Hook { method, conditions } = hook;
            let argument = takes_reason.then(|| quote!(, reason));
            quote! {
                #(#conditions)*
                fn on_cancel(
                    mut ctx: ::temporalio_workflow::WorkflowContext<Self>,
                    reason: ::core::option::Option<::std::string::String>,
                ) -> #private::LocalBoxFuture<'static, ()> {
                    let _ = &reason;
                    ::std::boxed::Box::pin(async move { Self::#method(&mut ctx #argument).await })
                }
            }
        });
        quote! {
            impl ::fast_temporal_workflow::Hooks for #workflow {
                #on_activity_error
                #on_cancel
            }
        }
    }
}

/// Checks a hook, and returns whether it accepts an argument after the context.
fn check(method: &ImplItemFn, role: &str, is_second: bool) -> Result<bool> {
    if is_second {
        let message = format!("a workflow can have only one method with #[{role}]");
        return Err(Error::new_spanned(&method.sig.ident, message));
    }
    signature::asynchronous(method, role)?;
    let parsed = signature::parse(method, role)?;
    signature::no_receiver(&parsed, role)?;
    Ok(parsed.input.is_some())
}
