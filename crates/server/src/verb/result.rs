//! `result`

use std::{sync::Arc, time::Duration};

use fast_temporal_core::{Entry, FeedUpdate, Principal, Subscription, Verb};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode, Event, EventData, Failure,
    v1::{ResultRequest, WorkflowOutcome, WorkflowStatus},
};
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{access::check_target, field::invalid, within};
use crate::{
    App,
    error::{draining, public_error},
};

/// How long is waited where the request does not say, in seconds.
const USUAL_WAIT: f64 = 30.0;
/// The longest wait, in seconds.
const MAX_WAIT: f64 = 60.0;
/// How long history that is there already is read, however short the wait: without it, who never
/// waits might never learn of an end.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits for a workflow to end, and says what it came to. The end is that of the whole chain.
pub(crate) async fn result(
    app: &App,
    principal: &Principal,
    workflow_id: String,
    request: ResultRequest,
) -> Result<WorkflowOutcome, ErrorBody> {
    check_target(principal, Verb::Result, &workflow_id)?;
    let wait = request.wait.unwrap_or(USUAL_WAIT);
    if !(0.0..=MAX_WAIT).contains(&wait) {
        return Err(invalid(format!(
            "wait: must be seconds, from 0 to {MAX_WAIT}"
        )));
    }
    let wait = Duration::from_secs_f64(wait);
    let subscription = within(app.config.verbs.subscribe, async {
        let subscription = app.registry.subscribe_from_now(&workflow_id).await;
        subscription.map_err(public_error)
    })
    .await?;
    let last = last_event(app, subscription, wait).await?;
    let mut outcome = outcome(last.event());
    if !principal.permissions.payloads
        && let Some(failure) = &mut outcome.failure
    {
        failure.hide_payloads();
    }
    Ok(outcome)
}

/// Waits for a feed's last event, if that comes in time.
async fn last_event(
    app: &App,
    mut subscription: Subscription,
    wait: Duration,
) -> Result<Arc<Entry>, ErrorBody> {
    let now = Instant::now();
    let (patient, strict) = (now + wait.max(CATCH_UP_TIMEOUT), now + wait);
    let until = match by(app, patient, subscription.next(), unread).await? {
        FeedUpdate::Live(_) => strict,
        _ => patient,
    };
    let outcome = by(app, until, subscription.outcome(), workflow_not_closed).await?;
    outcome.map_err(public_error)
}

fn unread() -> ErrorBody {
    ErrorBody::new(ErrorCode::Timeout, "the history could not be read in time")
}

fn workflow_not_closed() -> ErrorBody {
    ErrorBody::new(
        ErrorCode::WorkflowNotClosed,
        "the workflow has not ended yet",
    )
}

/// What a future gives, if it does so in time.
async fn by<T>(
    app: &App,
    until: Instant,
    future: impl Future<Output = T>,
    late: fn() -> ErrorBody,
) -> Result<T, ErrorBody> {
    select! {
        biased;
        () = app.draining.cancelled() => Err(draining()),
        value = future => Ok(value),
        () = sleep_until(until) => Err(late()),
    }
}

/// What a feed's last event says.
fn outcome(event: &Event) -> WorkflowOutcome {
    let (status, result, failure) = match &event.data {
        EventData::WorkflowCompleted(data) => {
            (WorkflowStatus::Completed, Some(data.result.clone()), None)
        }
        EventData::WorkflowFailed(data) => {
            (WorkflowStatus::Failed, None, Some(data.failure.clone()))
        }
        EventData::WorkflowCanceled(_) => (WorkflowStatus::Canceled, None, None),
        EventData::WorkflowTerminated(data) => {
            let failure = Failure {
                message: data.reason.clone(),
                kind: "terminated".to_owned(),
                ..Failure::default()
            };
            (WorkflowStatus::Terminated, None, Some(failure))
        }
        EventData::WorkflowTimedOut(_) => (WorkflowStatus::TimedOut, None, None),
        // The run that followed is gone, or the last event is of a later version's making.
        _ => (WorkflowStatus::ContinuedAsNew, None, None),
    };
    WorkflowOutcome {
        workflow_id: event.cursor.workflow_id.to_string(),
        run_id: event.cursor.run_id.to_string(),
        status,
        result,
        failure,
    }
}
