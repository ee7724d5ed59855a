//! The handlers that the base adds to every workflow.

use quote::quote;
use syn::{ImplItem, parse_quote};

pub(super) fn all() -> Vec<ImplItem> {
    let mut handlers = queries();
    handlers.extend(stream());
    handlers
}

fn queries() -> Vec<ImplItem> {
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

/// The stream's signal, update and queries, under the names that all SDKs use.
fn stream() -> Vec<ImplItem> {
    let private = quote!(::fast_temporal_workflow::__private);
    let stream = quote!(::fast_temporal_workflow::stream);
    let view = quote!(&::temporalio_workflow::WorkflowContextView);
    vec![
        parse_quote! {
            #[signal(name = #stream::PUBLISH)]
            fn __ft_stream_receive(
                &mut self,
                ctx: &mut ::temporalio_workflow::SyncWorkflowContext<Self>,
                batch: #private::RawValue,
            ) {
                #stream::receive(self, ctx, batch);
            }
        },
        parse_quote! {
            #[update(name = #stream::POLL)]
            async fn __ft_stream_poll(
                ctx: &mut ::temporalio_workflow::WorkflowContext<Self>,
                input: #stream::PollInput,
            ) -> ::core::result::Result<#stream::PollResult, #stream::HandlerError> {
                #stream::poll(ctx, input).await
            }
        },
        parse_quote! {
            #[update_validator(__ft_stream_poll)]
            fn __ft_stream_validate_poll(
                &self,
                _ctx: #view,
                input: &#stream::PollInput,
            ) -> ::core::result::Result<(), #stream::HandlerError> {
                #stream::validate_poll(self, input)
            }
        },
        parse_quote! {
            #[query(name = #stream::POLL)]
            fn __ft_stream_read(&self, _ctx: #view, input: #stream::PollInput) -> #stream::PollResult {
                #stream::read(self, &input)
            }
        },
        parse_quote! {
            #[query(name = #stream::OFFSET)]
            fn __ft_stream_offset(&self, _ctx: #view) -> u64 {
                #stream::offset(self)
            }
        },
    ]
}
