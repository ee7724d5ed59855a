//! Temporal Workflow Streams: a log of items that a workflow holds, that it, its activities and
//! outside programs publish to, and that any of them reads from an offset on.
//!
//! What goes over the wire is what the Python, TypeScript, Go, Java and .NET implementations send,
//! so any of them publishes to a stream that is hosted here, reads it, and the other way round.
//!
//! # In a workflow
//! Every workflow with a base has a stream, and publishes through its context ([`StreamExt`]):
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
//! The items live in the workflow's memory, and the newest go along where it continues as new: up to
//! 1 MiB of them as JSON, as Temporal takes no more than 2 MB. Readers that have not read the others are
//! told ([`Item::is_after_gap`]). So a workflow that runs long truncates what nobody needs any more
//! ([`StreamExt::truncate_stream`]).
//!
//! A poll that waits is a handler that is not finished. Before a workflow waits for its handlers it lets
//! its readers go ([`Host::start_draining`]), as the base does in `finish` and where it continues as new or
//! fails; they read by query from then on. A `run` that returns its result by itself ends with polls still
//! waiting, which fail. Their readers read the rest by query as well.
//!
//! # In an activity, or in any program with a client
//! A [`Publisher`] sends in batches, each exactly once:
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
//! In an activity it marks the items with the activity and the attempt ([`Origin`]), so that a text
//! is not doubled where the activity is tried again. **The rule:** among the items of one run, one
//! activity and one topic, those of a higher attempt supersede those of a lower one. [`Attempts`]
//! applies it. Readers that don't know of it, in other languages, say, get the items as they are.
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
//! It waits on the workflow, goes on with the next run where that continued as new, and reads the
//! rest where it has ended; a retry, a schedule or a reset begins another stream. Each wait is an update, which costs five events of history, and a
//! workflow takes ten waits at once: for a crowd of readers there is the gateway, which reads history
//! once for all of them.

mod backoff;
mod context;
mod handler;
mod host;
mod origin;
mod publisher;
mod subscriber;
mod wire;

pub use self::{
    context::{StreamExt, payload},
    handler::{HandlerError, HasStream, offset, poll, read, receive, validate_poll},
    host::{Host, PollError, Received, TruncateError},
    origin::{Attempts, Origin, Standing},
    publisher::{ClientSink, PublishError, Publisher, PublisherConfig, Sink, SinkError, Topic},
    subscriber::{
        ClientSource, Item, PollFailure, Polled, Run, RunState, Source, SourceError,
        SubscribeError, Subscriber, SubscriberConfig,
    },
    wire::{
        OFFSET, POLL, PUBLISH, PollAnswer, PollInput, PublishEntry, PublishInput, PublisherState,
        State, WireError, WireItem, decode_payload, encode_payload,
    },
};
