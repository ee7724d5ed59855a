//! Temporal workflows in Rust that report well.
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
pub mod stream;
pub mod testing;

pub use fast_temporal_workflow_macros::{workflow, workflow_methods};

pub use self::{
    activity::{ActivityFailure, ActivityFailureReason, ActivityFuture, ScheduleActivity},
    base::{ActivityStatus, ActivityView, Base, CANCELED, CurrentActivity, DONE, FAILED},
    client::{ConnectError, connect},
    context::{BaseContext, BaseState},
    convert::{KeepErrorTypes, data_converter, data_converter_with},
    hook::{HasBase, Hooks},
    signal::DroppedSignal,
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
        drive::{begin, drive},
        signal::{DroppedSignal, SignalInput, drop_signal},
    };
}
