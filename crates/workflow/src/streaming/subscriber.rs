//! Reads a workflow's stream.
//!
//! A subscriber waits on the workflow with one update after the other. It follows the workflow
//! across continue-as-new. After the workflow has closed, the subscriber reads the remaining items
//! by query, which needs a running worker and a retained history, and ends.
//!
//! It stays with the run that responded first and the runs that continue it. A run that a retry
//! policy, a schedule or a reset starts has another stream, and so has a later workflow with the
//! same id: there the subscriber ends.

pub(crate) mod client_source;
pub(crate) mod item;
mod poller;
pub(crate) mod source;
pub(crate) mod subscribe_error;
pub(crate) mod subscriber_config;

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use temporalio_client::Client;
use temporalio_common::data_converters::PayloadConverter;

use self::{
    client_source::ClientSource, item::Item, poller::Poller, source::Source,
    subscribe_error::SubscribeError, subscriber_config::SubscriberConfig,
};

/// The items of a stream, in order, each once. It ends after an error, and after the last item of a
/// closed workflow. Continue-as-new does not end it; a retry, the next run of a schedule and a
/// reset do.
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

    /// Reads another source, for instance in a test.
    pub fn from_source(source: impl Source, config: SubscriberConfig) -> Self {
        Self::start(source, config, PayloadConverter::default())
    }

    fn start(source: impl Source, config: SubscriberConfig, converter: PayloadConverter) -> Self {
        let poller = Poller::new(source, config, converter);
        let batches = stream::try_unfold(poller, async |mut poller| {
            let items = poller.next().await?;
            Ok(items.map(|items| (items, poller)))
        });
        let items = batches.map_ok(|items| stream::iter(items.into_iter().map(Ok)));
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
