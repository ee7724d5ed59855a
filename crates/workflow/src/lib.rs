//! Temporal workflows in Rust that clients can watch: a base for workflows on the official SDK.
//!
//! Two attributes add to a workflow: activities with callbacks, a result with a status, state,
//! progress reports, sagas, a stream, and queries for all of these. The SDK's own `#[init]`, `#[run]`,
//! `#[signal]`, `#[query]`, `#[update]` and `#[update_validator]` work unchanged.
//!
//! # A first workflow
//! The macros of the SDK refer to other crates by name, so your crate needs these dependencies, even
//! those that your code does not mention:
//!
//! ```toml
//! [dependencies]
//! fast-temporal-workflow = "0.1"
//! futures = "0.3"
//! serde_json = "1"
//! temporalio-client = "1.1"
//! temporalio-common = "1.1"
//! temporalio-sdk = "1.1"
//! temporalio-workflow = "1.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! This program is a worker with one workflow and one activity. It runs until it is killed:
//!
//! ```no_run
//! use fast_temporal_workflow::prelude::*;
//! use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};
//!
//! struct Activities;
//!
//! #[activities]
//! impl Activities {
//!     #[activity(name = "count_words")]
//!     async fn count_words(_ctx: ActivityContext, text: String) -> Result<u64, ActivityError> {
//!         Ok(text.split_whitespace().count() as u64)
//!     }
//! }
//!
//! #[fast_temporal_workflow::workflow] // above the derives: it adds a hidden field
//! #[derive(Default)]
//! struct Review {
//!     text: Option<String>,
//! }
//!
//! #[fast_temporal_workflow::workflow_methods]
//! impl Review {
//!     #[run(name = "Review")]
//!     async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
//!         ctx.wait_condition(|state| state.text.is_some()).await?;
//!         let text = ctx.state(|state| state.text.clone()).unwrap_or_default();
//!         ctx.report("counting", 0.5);
//!         let words = ctx.schedule_typed(Activities::count_words, text).result().await?;
//!         ctx.set_workflow_result(&json!({ "words": words }), "Done");
//!         ctx.finish().await // waits for the result and for all handlers
//!     }
//!
//!     #[signal(name = "start")]
//!     fn start(&mut self, _ctx: &mut SyncWorkflowContext<Self>, text: String) {
//!         self.text = Some(text);
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let client = fast_temporal_workflow::connect("http://localhost:7233", "default").await?;
//!     let options = WorkerOptions::new("reviews")
//!         .register_activities(Activities)
//!         .register_workflow::<Review>()?
//!         .build();
//!     let runtime = Runtime::from_current_tokio(RuntimeOptions::default())?;
//!     Worker::new(&runtime, client, options)?.run().await?;
//!     Ok(())
//! }
//! ```
//!
//! Start a Temporal server, the worker, and then the workflow with Temporal's CLI:
//!
//! ```sh
//! temporal server start-dev
//! cargo run
//! temporal workflow start --type Review --task-queue reviews --workflow-id review-1
//! temporal workflow signal --workflow-id review-1 --name start --input '"to be or not to be"'
//! temporal workflow result --workflow-id review-1
//! ```
//!
//! The first build compiles the SDK, which takes minutes. Make the struct and its `run` equally
//! visible: for a `pub` struct, write `pub async fn run`, or rustc reports a private type `Run`.
//!
//! # Activities
//! [`BaseContext::schedule_activity`] schedules an activity by name, in any language, and
//! [`BaseContext::schedule_typed`] a Rust activity by its constant. By default an activity has 60 s
//! and one attempt. Each has its own id, by which clients query its result. An activity is scheduled
//! when it is first awaited; `join!` and `join_all` run several concurrently:
//!
//! ```no_run
//! # use fast_temporal_workflow::prelude::*;
//! # #[fast_temporal_workflow::workflow]
//! # #[derive(Default)]
//! # struct Sum;
//! # #[fast_temporal_workflow::workflow_methods]
//! # impl Sum {
//! # #[run]
//! # async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<u64> {
//! let first = ctx.schedule_activity("count").arg(&"a").returns::<u64>().attempts(3);
//! let second = ctx.schedule_activity("count").arg(&"b").returns::<u64>().task_queue("other");
//! let (first, second) = join!(first.result(), second.result());
//! Ok(first? + second?)
//! # }
//! # }
//! # fn main() {}
//! ```
//!
//! A [callback](ScheduleActivity::callback) receives the workflow's context and the activity's result.
//! Clients read what it returns with the query `get_callback_result`.
//!
//! # Failures
//! There are two ways to await an activity:
//!
//! - `ctx.schedule_activity("ship").result().await?` returns the failure, and `?` fails the workflow.
//! - `ctx.schedule_activity("ship").await` returns `None` after a failure, **and `run` continues**. The
//!   method with `#[on_activity_error]` receives the failure. If it returns `()` or `Ok(())`, it has
//!   handled the failure; if it returns an error, or if there is no such method, the workflow fails,
//!   whatever `run` returns.
//!
//! To fail a workflow, return an error from `run`:
//! `Err(ApplicationFailure::builder("sold out".to_owned()).type_name("SoldOut".to_owned()).build().into())`.
//! A result that does not decode as the requested type counts as a failure of the activity.
//!
//! Handlers of updates and their validators return `Result<T, Box<dyn Error + Send + Sync>>`; with
//! another error type, rustc reports E0308 at the attribute. Clients receive the type of an
//! `ApplicationFailure` in that box if the worker's client has this crate's [`data_converter`], as a
//! client from [`connect`] does. The SDK's core sends only the text of a query error, so that text
//! contains the type, in the form of the Go SDK: `sold out (type: SoldOut, retryable: false)`. The
//! gateway parses it into `details.failure`.
//!
//! # Results and queries
//! `set_workflow_result` sets the result and a status from anywhere in the workflow, and `finish`
//! returns the result. The memo contains a status other than `Done`. Clients of the Python package
//! `fast-temporal` find the queries that they use, with the same results:
//!
//! | query | result |
//! |---|---|
//! | `get_current_activity` | `{"current_activity","status","activity_id"}`; once the result is set, its status |
//! | `get_activity_result(id)` | the activity's result, or `null` |
//! | `get_callback_result(id)` | the callback's result, or `null` |
//! | `get_activities` | all activities of this run: id, name, status, attempt, times, error ([`ActivityView`]) |
//! | `get_dropped_signals` | the signals that did not decode ([`DroppedSignal`]) |
//!
//! # State and long-running workflows
//! `set_state` and `get_state` store values of any serde type. When the history is long,
//! [`BaseContext::continue_as_new_if_suggested`] starts a new run with the state, the stream (its newest
//! items, up to 1 MiB) and the activity numbering. The results of earlier activities do not move to the
//! new run.
//!
//! Temporal terminates a workflow, without compensation, if the state that moves to the next run exceeds
//! about 4 MB. Store large values elsewhere, and keep references in the state.
//!
//! # Reports
//! [`BaseContext::report`] and [`BaseContext::report_value`] write progress to the workflow's memo.
//! Temporal's UI shows the memo, and the gateway sends the changes to clients as `status` events. The
//! memo is updated at most once a second, and always before the workflow closes.
//!
//! **A report is a command in the workflow's history**, unlike `publish` and `set_state`. Adding,
//! removing or moving a report in deployed code breaks the replay of running workflows unless
//! `ctx.patched(…)` guards the change.
//!
//! # Signals and inputs that do not decode
//! With the SDK alone, a signal whose argument does not decode fails the workflow task forever. A
//! workflow with a base drops such a signal: the worker logs a warning, the memo's `dropped_signal`
//! contains the signal's name and the number of dropped signals, and `get_dropped_signals` returns the
//! reason. A later version of the code that accepts the argument replays differently, so guard such a
//! change with `ctx.patched(…)`.
//!
//! An input of `run` that does not decode fails the workflow task until the code accepts it, as with the
//! SDK alone, and neither history nor the log contains the reason. If clients choose the input, let
//! `run` accept a `Value` and decode it in `run`.
//!
//! # Cancellation and sagas
//! A cancellation of the workflow cancels its activities. Then the method with `#[on_cancel]` runs, and
//! then the compensations that [`BaseContext::on_failure`] added, the last one first. Compensations also
//! run when the workflow fails. The memo's `not_undone` contains the errors of failed compensations. The
//! status is `Canceled` meanwhile.
//!
//! ```no_run
//! # use fast_temporal_workflow::prelude::*;
//! # #[fast_temporal_workflow::workflow]
//! # #[derive(Default)]
//! # struct Order;
//! #[fast_temporal_workflow::workflow_methods]
//! impl Order {
//!     #[run]
//!     async fn run(ctx: &mut WorkflowContext<Self>, amount: u64) -> WorkflowResult<Value> {
//!         ctx.on_failure(move |ctx| async move {
//!             ctx.schedule_activity("refund").arg(&amount).attempts(10).result().await?;
//!             Ok(())
//!         });
//!         ctx.schedule_activity("charge").arg(&amount).result().await?;
//!         ctx.schedule_activity("ship").result().await?;
//!         ctx.schedule_activity("thank").await;
//!         ctx.finish().await
//!     }
//!
//!     #[on_activity_error]
//!     async fn handle_activity_error(ctx: &mut WorkflowContext<Self>, failure: ActivityFailure) {
//!         ctx.set_workflow_result(&failure.to_string(), "Failed");
//!     }
//!
//!     #[on_cancel]
//!     async fn clean_up(ctx: &mut WorkflowContext<Self>, reason: Option<String>) {
//!         ctx.schedule_activity("notify").arg(&reason).await;
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! After a cancellation, only activities of the base run in `#[on_cancel]` and in compensations. Timers,
//! conditions, child workflows, the SDK's own activities and signals to other workflows are cancelled at
//! once, unless they have their own cancellation token:
//!
//! ```no_run
//! # use fast_temporal_workflow::prelude::*;
//! use temporalio_workflow::{TimerOptions, WorkflowCancellationToken};
//! # #[fast_temporal_workflow::workflow]
//! # #[derive(Default)]
//! # struct Order;
//! # #[fast_temporal_workflow::workflow_methods]
//! # impl Order {
//! # #[run]
//! # async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> { ctx.finish().await }
//! # #[on_cancel]
//! # async fn clean_up(ctx: &mut WorkflowContext<Self>) {
//! let options = TimerOptions::builder(std::time::Duration::from_secs(5))
//!     .cancellation_token(WorkflowCancellationToken::new())
//!     .build();
//! ctx.timer(options).await;
//! # }
//! # }
//! # fn main() {}
//! ```
//!
//! # Streams
//! Every workflow with a base has a Temporal Workflow Stream ([`stream`]): `ctx.publish(topic, &value)`
//! publishes from the workflow, and a [`stream::Publisher`] from activities and other programs.
//!
//! # What workflow code must not do
//! Temporal replays workflow code from history, so the code must issue the same commands each time:
//!
//! - Wait with `ctx.timer` and `ctx.wait_condition`, never with `tokio::time::sleep` or a channel of
//!   Tokio: they hang.
//! - Read the time with `ctx.workflow_time()`. Do not read clocks, random numbers, files or environment
//!   variables, and do not depend on the order of a `HashMap`: use an activity, or a `BTreeMap`.
//! - Do not call the base through the context inside `ctx.state_mut(|state| …)`: the state is already
//!   borrowed, and the task panics. Use the methods of [`BaseState`] on `state`.
//! - Guard every change of the commands of deployed code with `ctx.patched(…)`.
//!
//! # Tests
//! [`testing::replay`] replays a recorded history with the current code, and fails if the code issues
//! other commands.
#![deny(missing_docs)]

extern crate self as fast_temporal_workflow;

mod activity;
mod base;
mod client;
mod compensation;
mod context;
mod continue_as_new;
mod failure_converter;
mod hook;
mod lifecycle;
mod payload;
mod report;
mod signal;
mod state;
pub mod stream;
pub mod testing;

pub use fast_temporal_workflow_macros::{workflow, workflow_methods};

pub use self::{
    activity::{
        ActivityFuture, ScheduleActivity,
        failure::{ActivityFailure, ActivityFailureReason},
    },
    base::{
        Base, CANCELED, DONE, FAILED,
        activity_record::{ActivityStatus, ActivityView},
        dropped_signal::DroppedSignal,
        outcome::CurrentActivity,
    },
    client::{ConnectError, connect},
    context::BaseContext,
    failure_converter::{KeepErrorTypes, data_converter, data_converter_with},
    hook::{HasBase, Hooks},
    state::BaseState,
};

/// The names that a file with workflows or activities needs.
pub mod prelude {
    pub use serde_json::{Value, json};
    pub use temporalio_macros::activities;
    pub use temporalio_sdk::activities::{ActivityContext, ActivityError};
    pub use temporalio_workflow::{
        ContinueAsNewOptions, RetryPolicy, SyncWorkflowContext, WorkflowContext,
        WorkflowContextView, WorkflowResult, WorkflowTermination,
        common::{
            data_converters::{MultiArgs2, MultiArgs3},
            error::ApplicationFailure,
        },
        join, join_all, select,
    };

    pub use crate::{
        ActivityFailure, BaseContext, BaseState, data_converter,
        stream::{HasStream as _, StreamContext as _},
    };
}

/// The names that the attributes' output uses.
#[doc(hidden)]
pub mod __private {
    pub use futures_util::future::LocalBoxFuture;
    pub use temporalio_workflow::common::data_converters::RawValue;

    pub use crate::{
        activity::failure::HookResult,
        base::{
            activity_record::ActivityView, dropped_signal::DroppedSignal, outcome::CurrentActivity,
        },
        failure_converter::{QueryError, query_error},
        lifecycle::{init_base, run_workflow},
        signal::{SignalInput, drop_signal},
    };
}

/// Compiles the examples of the project's readme.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
