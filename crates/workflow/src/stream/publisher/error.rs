//! Why an item was not published, or may not have been.

use std::{sync::Arc, time::Duration};

use temporalio_common::data_converters::PayloadConversionError;

use super::sink::SinkError;

/// Why something was not published.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The activity was not scheduled by a workflow, so there is no stream to publish to.
    #[error("this activity was not scheduled by a workflow, so there is no stream to publish to")]
    NoWorkflow,
    /// The value could not be written. Nothing else is affected.
    #[error("the item can't be written as a payload: {0}")]
    Value(#[source] Arc<PayloadConversionError>),
    /// The item is too large. Nothing else is affected.
    #[error("the item has {bytes} bytes as text, and may have {limit}")]
    TooLarge {
        /// The length of its text.
        bytes: usize,
        /// The length that it may have.
        limit: usize,
    },
    /// There is no room for the item now. Nothing else is affected.
    #[error("too much waits to be sent")]
    Full,
    /// The publisher was closed before.
    #[error("the publisher is closed")]
    Closed,
    /// Temporal refused a batch, because the workflow has ended, say. The publisher is closed; what
    /// it had not sent is lost.
    #[error("a batch was refused: {0}")]
    Refused(#[source] SinkError),
    /// A batch could not be sent within the limit. It may have arrived. The publisher is closed;
    /// what it had not sent is lost.
    #[error("a batch could not be sent within {limit:?}, it may have arrived: {source}")]
    Undelivered {
        /// For how long was tried.
        limit: Duration,
        /// How the last try failed.
        source: SinkError,
    },
    /// Closing took too long. What was not sent by then is lost.
    #[error("what was published could not be sent within {0:?} of closing")]
    Closing(Duration),
}
