//! `result`.

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

use super::{call, validation::check_workflow};
use crate::{
    App,
    error::{draining, invalid_field, logged_error},
};

const DEFAULT_WAIT_SECONDS: f64 = 30.0;
const MAX_WAIT_SECONDS: f64 = 60.0;
/// How long to read existing history, however short the wait. Without it, a client that never waits
/// might never learn that a workflow has closed.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// Waits until the whole chain of a workflow's runs has closed, and returns its outcome.
pub(crate) async fn result(
    app: &App,
    principal: &Principal,
    workflow_id: String,
    request: ResultRequest,
) -> Result<WorkflowOutcome, ErrorBody> {
    check_workflow(principal, Verb::Result, &workflow_id)?;
    let wait = request.wait.unwrap_or(DEFAULT_WAIT_SECONDS);
    if !(0.0..=MAX_WAIT_SECONDS).contains(&wait) {
        return Err(invalid_field(format!(
            "wait: expected 0 to {MAX_WAIT_SECONDS} seconds"
        )));
    }
    let wait = Duration::from_secs_f64(wait);
    let subscription = app.registry.subscribe_from_now(&workflow_id);
    let subscription = call(app.config.timeouts.subscribe, subscription).await?;
    let last = last_event(app, subscription, wait).await?;
    let mut outcome = outcome(last.event());
    if !principal.permissions.payloads
        && let Some(failure) = &mut outcome.failure
    {
        failure.hide_payloads();
    }
    Ok(outcome)
}

/// Waits for the last event of a feed.
async fn last_event(
    app: &App,
    mut subscription: Subscription,
    wait: Duration,
) -> Result<Arc<Entry>, ErrorBody> {
    let now = Instant::now();
    let (catch_up_end, wait_end) = (now + wait.max(CATCH_UP_TIMEOUT), now + wait);
    let history_unread = ErrorBody::new(
        ErrorCode::Timeout,
        "the workflow's history could not be read in time",
    );
    let first = before(app, catch_up_end, subscription.next(), history_unread).await?;
    let end = match first {
        FeedUpdate::Live(_) => wait_end,
        _ => catch_up_end,
    };
    let not_closed = ErrorBody::new(
        ErrorCode::WorkflowNotClosed,
        "the workflow is still running; retry, or wait longer",
    );
    let outcome = before(app, end, subscription.outcome(), not_closed).await?;
    outcome.map_err(logged_error)
}

/// The output of a future that completes before a deadline and before the gateway shuts down.
async fn before<T>(
    app: &App,
    deadline: Instant,
    future: impl Future<Output = T>,
    timed_out: ErrorBody,
) -> Result<T, ErrorBody> {
    select! {
        biased;
        () = app.draining.cancelled() => Err(draining()),
        value = future => Ok(value),
        () = sleep_until(deadline) => Err(timed_out),
    }
}

/// The outcome that a feed's last event reports.
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
        // The next run has been deleted, or a later version wrote this event.
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
