//! Continue-as-new: the base's state moves to the next run.
//!
//! A header of the command contains it, beside the workflow's own input. Payload codecs encode
//! headers as they encode inputs.

use std::convert::Infallible;

use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowContextView, WorkflowTermination,
    common::{
        WorkflowDefinition,
        data_converters::{PayloadConverter, RawValue},
    },
    workflows::WorkflowImplementation,
};

use crate::{Hooks, base::Carried, payload, report, streaming::stream_context::StreamContext};

/// The name of the header: a stored format.
const HEADER: &str = "fast-temporal-base";

/// Returns the state of the previous run, or the default in a first run.
pub(crate) fn carried(view: &WorkflowContextView) -> Carried {
    let Some(payload) = view.raw().headers.get(HEADER) else {
        return Carried::default();
    };
    let raw = RawValue::new(vec![payload.clone()]);
    match payload::decode(raw, &PayloadConverter::default()) {
        Ok(carried) => carried,
        // A panic fails the workflow task, so that code that can read the state continues from
        // here.
        Err(error) => panic!("cannot decode the state of the previous run: {error}"),
    }
}

/// Continues as a new run, once the stream has ended its polls and all handlers have finished. If
/// an activity failed and no hook handled it, the workflow fails instead.
pub(crate) async fn continue_as_new<W>(
    ctx: &WorkflowContext<W>,
    input: <W::Run as WorkflowDefinition>::Input,
    options: ContinueAsNewOptions,
) -> Result<Infallible, WorkflowTermination>
where
    W: Hooks + WorkflowImplementation,
{
    check_activity_failure(ctx)?;
    let stream = ctx.drain_stream().await;
    check_activity_failure(ctx)?;
    if ctx.cancellation_token().is_cancelled() {
        return Err(WorkflowTermination::cancelled());
    }
    report::upsert(ctx);
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

fn check_activity_failure<W: Hooks>(ctx: &WorkflowContext<W>) -> Result<(), WorkflowTermination> {
    let failure = ctx.state_mut(|state| state.base_mut().outcome.take_failure());
    failure.map_or(Ok(()), Err)
}
