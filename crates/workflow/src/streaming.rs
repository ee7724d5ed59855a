//! Temporal Workflow Streams: append-only logs of items that workflows keep.
//!
//! The workflow itself, its activities and programs outside publish items to topics; subscribers
//! read them in order from an offset. The wire format is the one of Temporal's Python, TypeScript,
//! Go, Java and .NET implementations, so publishers and subscribers in any of these languages work
//! with a workflow in Rust, and the other way round.
//!
//! # In a workflow
//! Every workflow with a base has a stream, and publishes through its context ([`StreamContext`]):
//! ```
//! use fast_temporal_workflow::prelude::*;
//!
//! #[fast_temporal_workflow::workflow]
//! #[derive(Default)]
//! pub struct Writing;
//!
//! #[fast_temporal_workflow::workflow_methods]
//! impl Writing {
//!     #[run]
//!     pub async fn run(ctx: &mut WorkflowContext<Self>, topic: String) -> WorkflowResult<Value> {
//!         ctx.publish("status", &"writing".to_owned())?;
//!         ctx.schedule_activity("write").arg(&topic).attempts(3).await;
//!         ctx.finish().await
//!     }
//! }
//! ```
//! The items live in the workflow's memory. When the workflow continues as new, the newest items
//! move to the next run, up to 1 MiB as JSON, because Temporal limits an input to 2 MB. A subscriber
//! that has not read the older items learns of the gap ([`Item::is_after_gap`]). A long-running
//! workflow should truncate items that no subscriber needs any more
//! ([`StreamContext::truncate_stream`]).
//!
//! A waiting poll is an unfinished handler. So the base ends the waiting polls
//! ([`WorkflowStream::start_draining`]) before it waits for handlers: in `finish`, when the workflow
//! continues as new, and when it fails. From then on subscribers read by query. If `run` returns its
//! result without `finish`, the polls that still wait fail, and their subscribers read the remaining
//! items by query.
//!
//! # In an activity, or in any program with a client
//! A [`Publisher`] sends items in batches, each exactly once:
//! ```
//! use fast_temporal_workflow::{
//!     prelude::*,
//!     stream::{Publisher, PublisherConfig},
//! };
//!
//! struct Activities;
//!
//! #[activities]
//! impl Activities {
//!     #[activity(name = "write")]
//!     async fn write(ctx: ActivityContext, topic: String) -> Result<(), ActivityError> {
//!         let publisher = Publisher::from_activity(&ctx, PublisherConfig::default())?;
//!         let words = publisher.topic("words");
//!         for word in ["All", " about ", &topic] {
//!             words.publish(&word.to_owned()).await?;
//!         }
//!         Ok(publisher.close().await?)
//!     }
//! }
//! ```
//! In an activity, the publisher marks each item with the activity and the attempt ([`Origin`]), so
//! that a retry does not duplicate text. **The rule:** among the items of one run, one activity and
//! one topic, the items of a higher attempt supersede those of a lower one. [`Attempts`] applies the
//! rule. Subscribers that don't know it, for instance in other languages, receive all items unchanged.
//!
//! # Reading
//! A [`Subscriber`] is a `Stream` of [`Item`]s:
//! ```no_run
//! # async fn read(client: temporalio_client::Client) -> Result<(), Box<dyn std::error::Error>> {
//! use fast_temporal_workflow::stream::{Subscriber, SubscriberConfig};
//! use futures_util::TryStreamExt as _;
//!
//! let mut words = Subscriber::new(&client, "writing-1", SubscriberConfig::topics(["words"]));
//! while let Some(item) = words.try_next().await? {
//!     let word: String = item.value()?;
//! }
//! # Ok(())
//! # }
//! ```
//! A subscriber waits on the workflow by update, follows it across continue-as-new, and reads the
//! remaining items after it has closed. A retry, a schedule or a reset starts another stream.
//!
//! Each wait is an update, which adds five events to the workflow's history, and a workflow accepts
//! ten updates at once. For many subscribers use the gateway: it reads once for all of them.

pub(crate) mod handler;
mod origin;
mod publisher;
mod retry;
pub(crate) mod stream_context;
mod stream_state;
mod subscriber;
pub(crate) mod wire;
pub(crate) mod workflow_stream;

// This is the root of a public module: its parts are private, and these are their public names.
pub use self::{
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
        OFFSET, POLL, PUBLISH, PollInput, PollResult, PublishEntry, PublishInput, PublisherState,
        WireError, WireItem, WorkflowStreamState, decode_payload, encode_payload,
    },
    workflow_stream::{PollError, Received, TruncateError, WorkflowStream},
};
