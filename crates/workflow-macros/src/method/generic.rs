//! The handlers that every workflow with a base has.

use quote::quote;
use syn::{ImplItem, parse_quote};

pub(super) fn handlers() -> Vec<ImplItem> {
    let private = quote!(::fast_temporal_workflow::__private);
    let context = quote!(&::temporalio_workflow::WorkflowContextView);
    let base = quote!(::fast_temporal_workflow::HasBase::base(self));
    vec![
        parse_quote! {
            #[query(name = "get_current_activity")]
            fn __ft_get_current_activity(&self, _ctx: #context) -> #private::CurrentActivity {
                #base.current_activity()
            }
        },
        parse_quote! {
            #[query(name = "get_activity_result")]
            fn __ft_get_activity_result(
                &self,
                _ctx: #context,
                activity_id: ::std::string::String,
            ) -> #private::RawValue {
                #base.activity_result(&activity_id)
            }
        },
        parse_quote! {
            #[query(name = "get_callback_result")]
            fn __ft_get_callback_result(
                &self,
                _ctx: #context,
                activity_id: ::std::string::String,
            ) -> #private::RawValue {
                #base.callback_result(&activity_id)
            }
        },
        parse_quote! {
            #[query(name = "get_activities")]
            fn __ft_get_activities(
                &self,
                _ctx: #context,
            ) -> ::std::vec::Vec<#private::ActivityView> {
                #base.activities()
            }
        },
        parse_quote! {
            #[query(name = "get_dropped_signals")]
            fn __ft_get_dropped_signals(
                &self,
                _ctx: #context,
            ) -> ::std::vec::Vec<#private::DroppedSignal> {
                #base.dropped_signals()
            }
        },
    ]
}
