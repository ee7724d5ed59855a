//! Continuing as new: the base's state goes along, beside the workflow's own input.
//!
//! It travels in a header of the command, which payload codecs encode as they do arguments.

use std::convert::Infallible;

use crate::{Hooks, base::Carried, payload, report, stream::StreamExt};
use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowContextView, WorkflowTermination,
    common::{
        WorkflowDefinition,
        data_converters::{PayloadConverter, RawValue},
    },
    workflows::WorkflowImplementation,
};

/// The header's name.
const HEADER: &str = "fast-temporal-base";

/// What the run before left, or nothing.
pub(crate) fn carried(view: &WorkflowContextView) -> Carried {
    let Some(payload) = view.raw().headers.get(HEADER) else {
        return Carried::default();
    };
    let raw = RawValue::new(vec![payload.clone()]);
    match payload::decode(raw, &PayloadConverter::default()) {
        Ok(carried) => carried,
        // It fails the workflow's task: code that can read it goes on from here.
        Err(error) => panic!("what the run before left can't be read: {error}"),
    }
}

/// Ends this run for the next, once the stream has let its readers go and no handler is running. Not
/// where an activity failed and nobody took that: then the workflow fails.
pub(crate) async fn continue_as_new<W>(
    ctx: &WorkflowContext<W>,
    input: <W::Run as WorkflowDefinition>::Input,
    options: ContinueAsNewOptions,
) -> Result<Infallible, WorkflowTermination>
where
    W: Hooks + WorkflowImplementation,
{
    fail_by_activity(ctx)?;
    let stream = ctx.drain_stream().await;
    fail_by_activity(ctx)?;
    if ctx.cancellation_token().is_cancelled() {
        return Err(WorkflowTermination::cancelled());
    }
    report::flush(ctx);
    let carried = ctx.state(|state| state.base().carry(stream));
    let header = payload::encode(&carried, &PayloadConverter::default())?;
    match ctx.continue_as_new(input, options) {
        Err(WorkflowTermination::ContinueAsNew(mut request)) => {
            let header = header.payloads.into_iter().next().unwrap_or_default();
            request.headers.insert(HEADER.to_owned(), header);
            Err(WorkflowTermination::ContinueAsNew(request))
        }
        other => other,
    }
}

fn fail_by_activity<W: Hooks>(ctx: &WorkflowContext<W>) -> Result<(), WorkflowTermination> {
    let failure = ctx.state_mut(|state| state.base_mut().ending.take_failure());
    failure.map_or(Ok(()), Err)
}
