//! Scheduling activities: by name for any language, by definition for Rust's own.

mod attempt;
mod failure;

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

pub(crate) use self::attempt::Running;
pub use self::failure::{ActivityFailure, ActivityFailureReason, Taken};
use crate::{Hooks, payload};

/// The limit on one attempt where none is set.
const START_TO_CLOSE: Duration = Duration::from_mins(1);

/// An activity under way. It is fused, so `select!` takes it as it is.
pub type ActivityFuture<T> = Fuse<LocalBoxFuture<'static, T>>;

/// It reads the result itself, as the type that it takes.
type Callback<W> = Box<
    dyn FnOnce(WorkflowContext<W>, RawValue) -> LocalBoxFuture<'static, WorkflowResult<RawValue>>,
>;

/// An activity about to be scheduled: made by
/// [`schedule_activity`](crate::BaseContext::schedule_activity) and
/// [`schedule_typed`](crate::BaseContext::schedule_typed), scheduled when it is first awaited.
///
/// Awaited as it is, it gives `Some` result, or `None` where the activity failed and the workflow's
/// `#[on_activity_error]` took the failure. Where nothing takes it,
/// [`finish`](crate::BaseContext::finish) returns it, and the workflow fails by it however `run` ends.
/// Ask for the failure itself by [`result`](Self::result).
#[must_use = "an activity is scheduled when it is awaited"]
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
            timeouts: ActivityCloseTimeouts::StartToClose(START_TO_CLOSE),
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

    /// Adds an argument. Called again, it adds another.
    pub fn arg<A: TemporalSerializable + 'static>(mut self, argument: &A) -> Self {
        if let Ok(arguments) = &mut self.arguments {
            match payload::encode(argument, self.ctx.payload_converter()) {
                Ok(more) => arguments.payloads.extend(more.payloads),
                Err(error) => self.arguments = Err(error),
            }
        }
        self
    }

    /// The type that the activity's result is read as, where it is not a JSON value. A callback keeps
    /// the type that it takes.
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

    /// What is done with the activity's result, before the activity counts as over. What it
    /// returns answers the query `get_callback_result`; an error counts as the activity's.
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
                let result = result.map_err(failure::of_type)?;
                let answer = callback(ctx.clone(), result).await?;
                Ok(payload::encode(&answer, ctx.payload_converter())?)
            })
        }));
        scheduled
    }

    /// The limit on one attempt: 60 s where it is not set.
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

    /// The limit on all attempts together: none where it is not set.
    pub fn schedule_to_close_timeout(mut self, limit: Duration) -> Self {
        let start_to_close = match self.options.timeouts {
            ActivityCloseTimeouts::StartToClose(limit)
            | ActivityCloseTimeouts::ScheduleAndStartToClose {
                start_to_close: limit,
                ..
            } => limit,
            _ => START_TO_CLOSE,
        };
        self.options.timeouts = ActivityCloseTimeouts::ScheduleAndStartToClose {
            start_to_close: start_to_close.min(limit),
            schedule_to_close: limit,
        };
        self
    }

    /// The limit on waiting for a worker: none where it is not set.
    pub fn schedule_to_start_timeout(mut self, limit: Duration) -> Self {
        self.options.schedule_to_start = Some(limit);
        self
    }

    /// The longest silence of a running activity: any where it is not set.
    pub fn heartbeat_timeout(mut self, limit: Duration) -> Self {
        self.options.heartbeat = Some(limit);
        self
    }

    /// How often and when it is tried: once where it is not set.
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = policy;
        self
    }

    /// How often it is tried, 1 s after the first failure and each time twice as late.
    pub fn attempts(mut self, maximum: u32) -> Self {
        self.options.retry.set_maximum_attempts(maximum);
        self
    }

    /// Where its workers are: the workflow's own task queue where it is not set.
    pub fn task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.options.task_queue = Some(task_queue.into());
        self
    }

    /// A line for people, in Temporal's UI and in the gateway's events.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.options.summary = Some(summary.into());
        self
    }

    /// What is waited for once it is cancelled: nothing where it is not set.
    pub fn cancellation_type(mut self, cancellation: ActivityCancellationType) -> Self {
        self.options.cancellation = cancellation;
        self
    }

    /// The result, or the failure, which no hook sees.
    pub fn result(self) -> ActivityFuture<Result<T, ActivityFailure>>
    where
        T: 'static,
    {
        self.attempt().boxed_local().fuse()
    }

    /// The same as awaiting it: a future for `join!`, `join_all` and `select!`.
    pub fn run(self) -> ActivityFuture<Option<T>> {
        self.into_future()
    }
}

impl<W: Hooks, T: TemporalDeserializable + 'static> IntoFuture for ScheduleActivity<W, T> {
    type Output = Option<T>;
    type IntoFuture = ActivityFuture<Option<T>>;

    fn into_future(self) -> Self::IntoFuture {
        self.attempt_or_hook().boxed_local().fuse()
    }
}
