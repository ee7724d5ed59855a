//! Executes an activity: from its scheduling to the end of its callback.

use temporalio_workflow::{
    ActivityOptions, WorkflowContextKey,
    common::{
        UntypedActivity,
        data_converters::{RawValue, TemporalDeserializable},
    },
};

use super::{
    ScheduleActivity,
    failure::{ActivityFailure, ActivityFailureReason},
};
use crate::{
    Hooks,
    base::{DONE, activity_record::ActivityKey},
    payload,
};

/// The context key of the activity whose callback is running.
pub(crate) struct Running;

impl WorkflowContextKey for Running {
    type Value = ActivityKey;
}

impl<W: Hooks, T: TemporalDeserializable + 'static> ScheduleActivity<W, T> {
    /// Returns the result. A failure goes to the hook; a failure that the hook does not handle is
    /// recorded, to fail the workflow.
    pub(super) async fn execute_or_hook(self) -> Option<T> {
        let ctx = self.ctx.clone();
        let failure = match self.execute().await {
            Ok(result) => return Some(result),
            Err(failure) => failure,
        };
        let is_cancelled = ctx.cancellation_token().is_cancelled() && failure.is_canceled();
        let handled = if is_cancelled || ctx.state(|state| state.base().shield.is_some()) {
            // A cancellation of the workflow is not an error of the activity, and a compensation
            // must know which of its activities failed.
            Err(failure.into())
        } else {
            W::on_activity_error(ctx.clone(), failure).await
        };
        if let Err(failure) = handled {
            ctx.state_mut(|state| state.base_mut().outcome.record_failure(failure));
        }
        None
    }

    pub(super) async fn execute(mut self) -> Result<T, ActivityFailure> {
        let ctx = self.ctx.clone();
        let callback = self.callback.take();
        let (name, key, id, outcome) = self.run_in_temporal().await;
        let failed = |reason| ActivityFailure {
            activity: name,
            activity_id: id,
            reason,
        };
        let decoded = outcome.and_then(|raw| {
            match payload::decode::<T>(raw.clone(), ctx.payload_converter()) {
                Ok(result) => Ok((raw, result)),
                Err(error) => Err(ActivityFailureReason::Activity(Box::new(error.into()))),
            }
        });
        let now = ctx.workflow_time();
        let (raw, result) = match decoded {
            Ok(decoded) => decoded,
            Err(reason) => {
                let failure = failed(reason);
                let outcome = failure.outcome();
                ctx.state_mut(|state| state.base_mut().activities.fail(key, outcome, now));
                return Err(failure);
            }
        };
        ctx.state_mut(|state| {
            let activities = &mut state.base_mut().activities;
            activities.complete(key, raw.clone(), now);
        });
        if let Some(callback) = callback {
            let called = callback(ctx.clone(), raw.clone());
            match ctx.with_context_value::<Running, _>(key, called).await {
                Ok(returned) => {
                    ctx.state_mut(|state| {
                        state.base_mut().activities.complete_callback(key, returned);
                    });
                }
                Err(termination) => {
                    let failure = failed(ActivityFailureReason::Callback(termination));
                    let error = failure.reason.to_string();
                    ctx.state_mut(|state| state.base_mut().activities.fail_callback(key, error));
                    return Err(failure);
                }
            }
        }
        ctx.state_mut(|state| {
            let workflow = &mut state.base_mut().outcome;
            if workflow.complete_next && !workflow.is_known() {
                workflow.set_result(raw, DONE.to_owned(), Some(key));
            }
        });
        Ok(result)
    }

    async fn run_in_temporal(
        self,
    ) -> (
        String,
        ActivityKey,
        String,
        Result<RawValue, ActivityFailureReason>,
    ) {
        let Self {
            ctx,
            name,
            arguments,
            options,
            ..
        } = self;
        let (now, attempts) = (ctx.workflow_time(), options.retry.maximum_attempts());
        let ((key, id), shield) = ctx.state_mut(|state| {
            let base = state.base_mut();
            let scheduled = base.activities.schedule(&name, attempts, now);
            (scheduled, base.shield.clone())
        });
        let options = ActivityOptions::with_close_timeouts(options.timeouts)
            .activity_id(id.clone())
            .maybe_task_queue(options.task_queue)
            .maybe_schedule_to_start_timeout(options.schedule_to_start)
            .maybe_heartbeat_timeout(options.heartbeat)
            .cancellation_type(options.cancellation)
            .maybe_cancellation_token(shield)
            .retry_policy(options.retry)
            .maybe_summary(options.summary)
            .build();
        let outcome = match arguments {
            Ok(arguments) => ctx
                .execute_activity(UntypedActivity::new(&*name), arguments, options)
                .await
                .map_err(|error| ActivityFailureReason::Activity(Box::new(error))),
            Err(error) => Err(ActivityFailureReason::Arguments(error)),
        };
        (name, key, id, outcome)
    }
}
