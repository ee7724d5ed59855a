//! The error of publishing.

use std::{sync::Arc, time::Duration};

use temporalio_common::data_converters::PayloadConversionError;

use super::sink::SinkError;

/// Why an item was not published, or may not have been.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// A workflow did not schedule this activity, so there is no stream to publish to.
    #[error("no workflow scheduled this activity, so there is no stream to publish to")]
    NoWorkflow,
    /// The value can't be encoded. Other items are not affected.
    #[error("cannot encode the item as a payload: {0}")]
    Value(#[source] Arc<PayloadConversionError>),
    /// The item is too large. Other items are not affected.
    #[error("the encoded item has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The length of the encoded item.
        bytes: usize,
        /// The maximum length.
        limit: usize,
    },
    /// The queue is full. Other items are not affected.
    #[error("the publisher's queue is full")]
    Full,
    /// The publisher is closed.
    #[error("the publisher is closed")]
    Closed,
    /// Temporal rejected a batch, for instance because the workflow has closed. The publisher is
    /// closed, and its unsent items are lost.
    #[error("Temporal rejected a batch: {0}")]
    Rejected(#[source] SinkError),
    /// A batch could not be delivered within the limit. It may have arrived. The publisher is
    /// closed, and its unsent items are lost.
    #[error("cannot deliver a batch within {limit:?}; it may have arrived: {source}")]
    Undelivered {
        /// The retry limit.
        limit: Duration,
        /// The failure of the last attempt.
        source: SinkError,
    },
    /// Closing took too long. Items that were not sent by then are lost.
    #[error("cannot send the remaining items within {0:?} of closing")]
    CloseTimeout(Duration),
}
