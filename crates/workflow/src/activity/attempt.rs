//! An activity from its scheduling to the end of its callback.

use temporalio_workflow::{
    ActivityOptions, WorkflowContextKey,
    common::{
        UntypedActivity,
        data_converters::{RawValue, TemporalDeserializable},
    },
};

use super::{ActivityFailure, ActivityFailureReason, ScheduleActivity};
use crate::{
    Hooks,
    base::{ActivityKey, DONE},
    payload,
};

/// The activity whose callback is running.
pub(crate) struct Running;

impl WorkflowContextKey for Running {
    type Value = ActivityKey;
}

impl<W: Hooks, T: TemporalDeserializable + 'static> ScheduleActivity<W, T> {
    /// The result, or nothing where a hook took the failure or the workflow is to fail by it.
    pub(super) async fn attempt_or_hook(self) -> Option<T> {
        let ctx = self.ctx.clone();
        let failure = match self.attempt().await {
            Ok(result) => return Some(result),
            Err(failure) => failure,
        };
        let is_cancelled = ctx.cancellation_token().is_cancelled() && failure.is_canceled();
        let taken = if is_cancelled || ctx.state(|state| state.base().shield.is_some()) {
            // The workflow's cancellation is no error of the activity, and whoever undoes steps
            // has to know which of them were not undone.
            Err(failure.into())
        } else {
            W::on_activity_error(ctx.clone(), failure).await
        };
        if let Err(failure) = taken {
            ctx.state_mut(|state| state.base_mut().ending.fail(failure));
        }
        None
    }

    pub(super) async fn attempt(mut self) -> Result<T, ActivityFailure> {
        let ctx = self.ctx.clone();
        let callback = self.callback.take();
        let (name, key, id, outcome) = self.execute().await;
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
                Ok(answer) => {
                    ctx.state_mut(|state| state.base_mut().activities.call_back(key, answer));
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
            let ending = &mut state.base_mut().ending;
            if ending.complete_next && !ending.is_known() {
                ending.set(raw, DONE.to_owned(), Some(key));
            }
        });
        Ok(result)
    }

    async fn execute(
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
