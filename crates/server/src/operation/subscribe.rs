//! `subscribe`.

mod event_filter;
pub(crate) mod filtered_subscription;

use fast_temporal_core::{PayloadAccess, Principal, SubscribeError, Verb};
use fast_temporal_protocol::{
    Cursor, ErrorBody, ErrorCode,
    v1::{StartFrom, StreamSource, SubscribeRequest},
};

use self::{event_filter::EventFilter, filtered_subscription::FilteredSubscription};
use super::{validation::check_workflow, within};
use crate::{App, error::public_error};

/// Subscribes to a workflow's events from the requested position. An empty cursor counts as absent.
pub(crate) async fn subscribe(
    app: &App,
    principal: &Principal,
    workflow_id: &str,
    request: &SubscribeRequest,
) -> Result<FilteredSubscription, ErrorBody> {
    check_workflow(principal, Verb::Subscribe, workflow_id)?;
    let after = request.after.as_deref().filter(|after| !after.is_empty());
    let after = after.map(str::parse::<Cursor>).transpose();
    let after =
        after.map_err(|error| ErrorBody::new(ErrorCode::InvalidCursor, error.to_string()))?;
    let filter = EventFilter::new(&request.types, &request.topics)?;
    within(app.config.timeouts.subscribe, async {
        let subscription = match (&after, request.from) {
            (None, StartFrom::Now) => app
                .registry
                .subscribe_from_now(workflow_id)
                .await
                .map_err(public_error)?,
            _ => app
                .registry
                .subscribe(workflow_id, after.as_ref())
                .await
                .map_err(subscribe_error)?,
        };
        let subscription = if request.progress {
            subscription.with_progress()
        } else {
            subscription
        };
        let subscription = match request.stream_source {
            StreamSource::Signals => subscription,
            StreamSource::Workflow => subscription.with_workflow_stream(request.stream_offset),
        };
        let access = PayloadAccess::of(&principal.permissions);
        Ok(FilteredSubscription::new(subscription, filter, access))
    })
    .await
}

fn subscribe_error(error: SubscribeError) -> ErrorBody {
    match error {
        SubscribeError::Engine(error) => public_error(error),
        _ => ErrorBody::new(
            ErrorCode::CursorMismatch,
            "the cursor belongs to another workflow or namespace",
        ),
    }
}
