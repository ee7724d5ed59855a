//! Schedules activities: by name in any language, or by the definition of a Rust activity.

pub(crate) mod execution;
pub(crate) mod failure;

use std::{future::IntoFuture, marker::PhantomData, time::Duration};

use futures_util::{
    FutureExt,
    future::{Fuse, LocalBoxFuture},
};
use temporalio_workflow::{
    ActivityCancellationType, ActivityCloseTimeouts, RetryPolicy, WorkflowContext, WorkflowResult,
    common::data_converters::{
        PayloadConversionError, RawValue, TemporalDeserializable, TemporalSerializable,
    },
};

use self::failure::ActivityFailure;
use crate::{Hooks, payload};

/// The default timeout of one attempt.
const DEFAULT_START_TO_CLOSE: Duration = Duration::from_mins(1);

/// The future of a scheduled activity. It is fused, so `select!` accepts it directly.
pub type ActivityFuture<T> = Fuse<LocalBoxFuture<'static, T>>;

/// It decodes the result itself, as its own argument type.
type Callback<W> = Box<
    dyn FnOnce(WorkflowContext<W>, RawValue) -> LocalBoxFuture<'static, WorkflowResult<RawValue>>,
>;

/// A builder for an activity, from [`schedule_activity`](crate::BaseContext::schedule_activity) and
/// [`schedule_typed`](crate::BaseContext::schedule_typed). The activity is scheduled when it is
/// first awaited.
///
/// `.await` returns `Some` result. **If the activity fails, `.await` returns `None`, and `run`
/// continues**: the failure goes to the workflow's `#[on_activity_error]`. If that does not handle
/// it, [`finish`](crate::BaseContext::finish) returns the failure, and the workflow fails whatever
/// `run` returns. Use [`result`](Self::result) to receive the failure at the call, for instance
/// with `?`.
#[must_use = "an activity is scheduled only when it is awaited"]
pub struct ScheduleActivity<W, T> {
    ctx: WorkflowContext<W>,
    name: String,
    arguments: Result<RawValue, PayloadConversionError>,
    callback: Option<Callback<W>>,
    options: Options,
    returns: PhantomData<fn() -> T>,
}

struct Options {
    timeouts: ActivityCloseTimeouts,
    schedule_to_start: Option<Duration>,
    heartbeat: Option<Duration>,
    retry: RetryPolicy,
    task_queue: Option<String>,
    summary: Option<String>,
    cancellation: ActivityCancellationType,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeouts: ActivityCloseTimeouts::StartToClose(DEFAULT_START_TO_CLOSE),
            schedule_to_start: None,
            heartbeat: None,
            retry: RetryPolicy::builder().maximum_attempts(1).build(),
            task_queue: None,
            summary: None,
            cancellation: ActivityCancellationType::default(),
        }
    }
}

impl<W: Hooks, T: TemporalDeserializable + 'static> ScheduleActivity<W, T> {
    pub(crate) fn new(
        ctx: WorkflowContext<W>,
        name: String,
        arguments: Result<RawValue, PayloadConversionError>,
    ) -> Self {
        Self {
            ctx,
            name,
            arguments,
            callback: None,
            options: Options::default(),
            returns: PhantomData,
        }
    }

    /// Adds an argument. Each call adds another one.
    pub fn arg<A: TemporalSerializable + 'static>(mut self, argument: &A) -> Self {
        if let Ok(arguments) = &mut self.arguments {
            match payload::encode(argument, self.ctx.payload_converter()) {
                Ok(more) => arguments.payloads.extend(more.payloads),
                Err(error) => self.arguments = Err(error),
            }
        }
        self
    }

    /// Sets the type of the result, which is a JSON value by default. A callback keeps its own
    /// argument type.
    pub fn returns<R: TemporalDeserializable + 'static>(self) -> ScheduleActivity<W, R> {
        ScheduleActivity {
            ctx: self.ctx,
            name: self.name,
            arguments: self.arguments,
            callback: self.callback,
            options: self.options,
            returns: PhantomData,
        }
    }

    /// Sets a callback that receives the result before the activity counts as completed. The query
    /// `get_callback_result` returns what the callback returns; an error counts as a failure of the
    /// activity.
    pub fn callback<A, R, F, Fut>(self, callback: F) -> ScheduleActivity<W, A>
    where
        A: TemporalDeserializable + 'static,
        R: TemporalSerializable + 'static,
        F: FnOnce(WorkflowContext<W>, A) -> Fut + 'static,
        Fut: Future<Output = WorkflowResult<R>> + 'static,
    {
        let mut scheduled = self.returns::<A>();
        scheduled.callback = Some(Box::new(move |ctx, result| {
            Box::pin(async move {
                let result = payload::decode(result, ctx.payload_converter());
                let result = result.map_err(failure::result_type)?;
                let returned = callback(ctx.clone(), result).await?;
                Ok(payload::encode(&returned, ctx.payload_converter())?)
            })
        }));
        scheduled
    }

    /// Sets the timeout of one attempt; 60 s by default.
    pub fn start_to_close_timeout(mut self, limit: Duration) -> Self {
        let schedule_to_close = match self.options.timeouts {
            ActivityCloseTimeouts::ScheduleToClose(limit)
            | ActivityCloseTimeouts::ScheduleAndStartToClose {
                schedule_to_close: limit,
                ..
            } => Some(limit),
            _ => None,
        };
        self.options.timeouts = match schedule_to_close {
            Some(schedule_to_close) => ActivityCloseTimeouts::ScheduleAndStartToClose {
                start_to_close: limit,
                schedule_to_close,
            },
            None => ActivityCloseTimeouts::StartToClose(limit),
        };
        self
    }

    /// Sets the timeout of all attempts together; none by default.
    pub fn schedule_to_close_timeout(mut self, limit: Duration) -> Self {
        let start_to_close = match self.options.timeouts {
            ActivityCloseTimeouts::StartToClose(limit)
            | ActivityCloseTimeouts::ScheduleAndStartToClose {
                start_to_close: limit,
                ..
            } => limit,
            _ => DEFAULT_START_TO_CLOSE,
        };
        self.options.timeouts = ActivityCloseTimeouts::ScheduleAndStartToClose {
            start_to_close: start_to_close.min(limit),
            schedule_to_close: limit,
        };
        self
    }

    /// Sets the timeout until a worker starts the activity; none by default. The start-to-close
    /// timeout does not cover that wait.
    pub fn schedule_to_start_timeout(mut self, limit: Duration) -> Self {
        self.options.schedule_to_start = Some(limit);
        self
    }

    /// Sets the maximum time between two heartbeats; none by default.
    pub fn heartbeat_timeout(mut self, limit: Duration) -> Self {
        self.options.heartbeat = Some(limit);
        self
    }

    /// Sets the retry policy; one attempt by default.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = policy;
        self
    }

    /// Sets the maximum number of attempts, with exponential backoff from 1 s.
    pub fn attempts(mut self, maximum: u32) -> Self {
        self.options.retry.set_maximum_attempts(maximum);
        self
    }

    /// Sets the task queue; by default that of the workflow.
    pub fn task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.options.task_queue = Some(task_queue.into());
        self
    }

    /// Sets a summary, which Temporal's UI and the gateway's events show.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.options.summary = Some(summary.into());
        self
    }

    /// Sets what a cancelled activity waits for; nothing by default.
    pub fn cancellation_type(mut self, cancellation: ActivityCancellationType) -> Self {
        self.options.cancellation = cancellation;
        self
    }

    /// Returns the result, or the failure. `#[on_activity_error]` does not run.
    pub fn result(self) -> ActivityFuture<Result<T, ActivityFailure>>
    where
        T: 'static,
    {
        self.execute().boxed_local().fuse()
    }

    /// Returns the future that `.await` uses, for `join!`, `join_all` and `select!`.
    pub fn run(self) -> ActivityFuture<Option<T>> {
        self.into_future()
    }
}

impl<W: Hooks, T: TemporalDeserializable + 'static> IntoFuture for ScheduleActivity<W, T> {
    type Output = Option<T>;
    type IntoFuture = ActivityFuture<Option<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.execute_or_hook().boxed_local().fuse()
    }
}
