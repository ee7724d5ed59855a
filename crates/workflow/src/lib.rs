//! Temporal workflows in Rust that report well: a base for workflows on the official SDK.
//!
//! Two attributes give a workflow activities with callbacks, a result with a status, state, reports of
//! how far it is, a stream, sagas, and queries that tell all that. The SDK's own `#[init]`, `#[run]`,
//! `#[signal]`, `#[query]`, `#[update]` and `#[update_validator]` stay as they are.
//!
//! ```no_run
//! use fast_temporal_workflow::prelude::*;
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
//!         let text = ctx.state(|state| state.text.clone());
//!         ctx.report("counting", 0.5);
//!         ctx.schedule_activity("count_words")
//!             .arg(&text)
//!             .callback(|ctx, words: u64| async move {
//!                 ctx.set_workflow_result(&json!({ "words": words }), "Done");
//!                 Ok(words)
//!             })
//!             .await;
//!         ctx.finish().await // waits for the result and for all handlers
//!     }
//!
//!     #[signal(name = "start")]
//!     fn start(&mut self, _ctx: &mut SyncWorkflowContext<Self>, text: String) {
//!         self.text = Some(text);
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! # What goes into `Cargo.toml`
//! What the SDK's macros write names crates by their own names, so these are dependencies of yours,
//! whether you name them or not: `temporalio-workflow` for workflows; `temporalio-sdk`,
//! `temporalio-common` and `futures` for activities, and `temporalio-sdk` with `tokio` for running a worker.
//! All else is in the [`prelude`]. The SDK's constants bear no docs; those of the handlers of a
//! workflow with a base don't trip `missing_docs`.
//!
//! # Activities
//! [`BaseContext::schedule_activity`] takes a name, for activities in any language, and
//! [`BaseContext::schedule_typed`] the constant of a Rust one. Unless told otherwise an activity has
//! 60 s and one attempt. Each has an id of its own, by which clients ask for its result. It is
//! scheduled when it is awaited; several are at once with `join!` and `join_all`:
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
//! A callback gets the workflow's context and the result. What it returns, clients get by the query
//! `get_callback_result`.
//!
//! # Failures
//! Awaited as it is, an activity gives `None` where it failed, and the method with
//! `#[on_activity_error]` gets the failure. It takes it by returning, and the workflow goes on; it
//! fails the workflow by returning an error. Without such a method the workflow fails by it, also where
//! `run` returns a value. A result of another type than was asked for is such a failure, too.
//! [`ScheduleActivity::result`] gives the failure to the caller instead.
//!
//! Errors of updates and their validators keep their type (`ApplicationFailure::builder(…).type_name(…)`)
//! where the worker's client has this crate's [`data_converter`], as [`connect`] makes it. Of an error of
//! a query the SDK's core sends the text alone, so the type goes along in that, as the Go SDK writes it:
//! `sold out (type: SoldOut, retryable: false)`. The gateway takes it apart again (`details.failure`).
//!
//! # The result, and what clients ask for
//! `set_workflow_result` sets the result and a status, from wherever, and `finish` returns it. A status
//! other than `Done` is shown in the memo, too. Clients of the Python package `fast-temporal` find what
//! they ask for, in the same form:
//!
//! | query | answer |
//! |---|---|
//! | `get_current_activity` | `{"current_activity","status","activity_id"}`; once there is a result, its status |
//! | `get_activity_result(id)` | what the activity returned, or `null` |
//! | `get_callback_result(id)` | what its callback returned, or `null` |
//! | `get_activities` | all of this run: id, name, status, attempt, times, error ([`ActivityView`]) |
//! | `get_dropped_signals` | the signals that did not decode ([`DroppedSignal`]) |
//!
//! # State, and long-running workflows
//! `set_state` and `get_state` keep values of any serde type.
//! [`BaseContext::continue_as_new_if_suggested`] starts a new run where the history has grown long, and state,
//! stream (its newest items, up to 1 MiB) and the numbers of ids go along. Results of the activities of
//! earlier runs do not.
//!
//! # Reports
//! [`BaseContext::report`] and [`BaseContext::report_value`] say what the workflow is at, through its
//! memo: Temporal's UI shows it, and the gateway tells clients as `status` events. However often they are
//! called, there is one upsert a second, and one for the last word.
//!
//! # Signals that do not decode
//! With the SDK alone, a signal whose argument is of another type fails the workflow's task for ever. Here
//! it is dropped: the worker's log warns, the memo's `dropped_signal` says which and how many there were,
//! and the query says why.
//!
//! An input of `run` that does not decode fails the task, as with the SDK alone. Nothing has happened by
//! then: terminate the workflow, or mend its code.
//!
//! # Cancellation and sagas
//! A workflow that is cancelled cancels its activities. Then the method with `#[on_cancel]` runs, and
//! whatever [`BaseContext::on_failure`] kept is undone, the last step first; the latter also where it
//! fails. Why a step could not be undone stands in the memo's `not_undone`. The cancellation does not reach the activities of these. It does reach `ctx.timer` and
//! `ctx.wait_condition`: give those a token of their own. The status is `Canceled` meanwhile.
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
//! # Streams
//! Every workflow with a base hosts a Temporal Workflow Stream ([`stream`]): `ctx.publish(topic, &value)`
//! from the workflow, a [`stream::Publisher`] from activities and outside programs.
//!
//! # Tests
//! Workflow code has to do on replay what it did before. [`testing::replay`] replays a recorded history.
#![deny(missing_docs)]

extern crate self as fast_temporal_workflow;

mod activity;
mod base;
mod carry;
mod client;
mod compensation;
mod context;
mod convert;
mod drive;
mod hook;
mod payload;
mod report;
mod signal;
mod state;
pub mod stream;
pub mod testing;

pub use fast_temporal_workflow_macros::{workflow, workflow_methods};

pub use self::{
    activity::{ActivityFailure, ActivityFailureReason, ActivityFuture, ScheduleActivity},
    base::{ActivityStatus, ActivityView, Base, CANCELED, CurrentActivity, DONE, FAILED},
    client::{ConnectError, connect},
    context::BaseContext,
    convert::{KeepErrorTypes, data_converter, data_converter_with},
    hook::{HasBase, Hooks},
    signal::DroppedSignal,
    state::BaseState,
};

/// What a workflow's file needs.
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
        stream::{HasStream as _, StreamExt as _},
    };
}

/// For what the attributes write.
#[doc(hidden)]
pub mod __private {
    pub use futures_util::future::LocalBoxFuture;
    pub use temporalio_workflow::common::data_converters::RawValue;

    pub use crate::{
        activity::Taken,
        base::{ActivityView, CurrentActivity},
        convert::{QueryError, query_error},
        drive::{begin, drive},
        signal::{DroppedSignal, SignalInput, drop_signal},
    };
}

/// The examples of the readme compile.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
