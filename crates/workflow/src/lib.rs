#![doc = include_str!("manual.md")]
#![deny(missing_docs)]

extern crate self as fast_temporal_workflow;

mod activity;
mod base;
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
mod streaming;
pub mod testing;
mod worker_client;

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
    context::BaseContext,
    failure_converter::KeepErrorTypes,
    hook::{HasBase, Hooks},
    state::BaseState,
    worker_client::{ConnectError, connect, data_converter, data_converter_with},
};

pub mod stream {
    #![doc = include_str!("streaming.md")]

    pub use crate::streaming::{
        handler::{HandlerError, HasStream, offset, poll, read, receive, validate_poll},
        origin::{Attempts, ItemStatus, Origin},
        publisher::{
            Publisher, Topic,
            publish_error::PublishError,
            publisher_config::PublisherConfig,
            sink::{ClientSink, Sink, SinkError},
        },
        stream_context::{StreamContext, payload},
        subscriber::{
            Subscriber,
            client_source::ClientSource,
            item::Item,
            source::{PollFailure, PollResponse, Run, RunState, Source, SourceError},
            subscribe_error::SubscribeError,
            subscriber_config::SubscriberConfig,
        },
        wire::{
            OFFSET, POLL, PUBLISH, PollInput, PollResult, PublishEntry, PublishInput,
            PublisherState, WireError, WireItem, WorkflowStreamState, decode_payload,
            encode_payload,
        },
        workflow_stream::{PollError, Received, TruncateError, WorkflowStream},
    };
}

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
