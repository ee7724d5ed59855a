//! Temporal Workflow Streams: a log of items that a workflow holds, that it, its activities and
//! outside programs publish to, and that any of them reads from an offset on.
//!
//! What goes over the wire is what the Python, TypeScript, Go, Java and .NET implementations send,
//! so any of them publishes to a stream that is hosted here, reads it, and the other way round.
//!
//! # In a workflow
//! A workflow with a [`Host`] publishes through its context ([`StreamExt`]):
//! ```ignore
//! ctx.publish("status", &"started".to_owned())?;
//! ```
//! The items live in the workflow's memory, and continue-as-new carries them over
//! ([`StreamExt::drain_stream`]): a workflow that runs long truncates what nobody needs any more.
//! A poll that waits is a handler that is not finished. So before a workflow waits for its handlers, at
//! its end, too, it lets its readers go ([`Host::start_draining`]); what they have not read yet
//! they read by query.
//!
//! # In an activity, or in any program with a client
//! A [`Publisher`] sends in batches, each exactly once. In an activity it marks the items with
//! the activity and the attempt ([`Origin`]), so that a text is not doubled where an activity is
//! tried again. **The rule:** among the items of one run, one activity and one topic, those of a
//! higher attempt supersede those of a lower one. [`Attempts`] applies it. Readers that don't
//! know of it, in other languages, say, get the items as they are.
//!
//! # Reading
//! A [`Subscriber`] is a `Stream` of [`Item`]s. It waits on the workflow, goes on with the next run
//! where the workflow continued as new, and reads the rest where the workflow has ended. Each wait
//! is an update, which costs five events of history, and a workflow takes ten waits at once: for a
//! crowd of readers there is the gateway, which reads history once for all of them.

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
        ClientSource, Item, PollFailure, Run, RunState, Source, SourceError, SubscribeError,
        Subscriber, SubscriberConfig,
    },
    wire::{
        OFFSET, POLL, PUBLISH, PollAnswer, PollInput, PublishEntry, PublishInput, PublisherState,
        State, WireError, WireItem, decode_payload, encode_payload,
    },
};
