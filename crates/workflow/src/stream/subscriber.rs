//! Reads a workflow's stream from outside.
//!
//! A subscriber waits on the workflow with an update, and comes back with the next. Where the
//! workflow continued as new it goes on with the next run, and where the workflow has ended it reads
//! the rest by query and ends, too: that takes a worker, and history that is still there.
//!
//! It stays with the run that answered first and those that continue that one. A run that retries
//! it, by a retry policy, a schedule or a reset, begins a stream of its own, as does another workflow
//! that is given the same id: there it ends.

mod config;
mod error;
mod item;
mod reader;
mod source;
mod spell;
mod temporal;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use temporalio_client::Client;
use temporalio_common::data_converters::PayloadConverter;

use self::reader::Reader;
pub use self::{
    config::SubscriberConfig,
    error::SubscribeError,
    item::Item,
    source::{PollFailure, Polled, Run, RunState, Source, SourceError},
    temporal::ClientSource,
};

/// The items of a stream, in order, each once. It ends where the workflow has ended and all is read,
/// or after an error. Continuing as new is no end; being retried, run again by a schedule or reset is.
pub struct Subscriber {
    items: BoxStream<'static, Result<Item, SubscribeError>>,
}

impl Subscriber {
    /// Reads the stream of the workflow with this id.
    pub fn new(client: &Client, workflow_id: impl Into<String>, config: SubscriberConfig) -> Self {
        let converter = client.options().data_converter.payload_converter().clone();
        let source = ClientSource::new(client.clone(), workflow_id);
        Self::start(source, config, converter)
    }

    /// Reads a source of one's own: in a test, say.
    pub fn from_source(source: impl Source, config: SubscriberConfig) -> Self {
        Self::start(source, config, PayloadConverter::default())
    }

    fn start(source: impl Source, config: SubscriberConfig, converter: PayloadConverter) -> Self {
        let reader = Reader::new(source, config, converter);
        let answers = stream::try_unfold(reader, async |mut reader| {
            let items = reader.next().await?;
            Ok(items.map(|items| (items, reader)))
        });
        let items = answers.map_ok(|items| stream::iter(items.into_iter().map(Ok)));
        Self {
            items: items.try_flatten().boxed(),
        }
    }
}

impl Stream for Subscriber {
    type Item = Result<Item, SubscribeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.poll_next_unpin(cx)
    }
}
