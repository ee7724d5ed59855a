//! The text on its way to whoever watches: each piece becomes an item in the workflow's stream.

use fast_temporal_workflow::stream::{Publisher, PublisherConfig};
use serde::{Deserialize, Serialize};
use temporalio_sdk::activities::ActivityContext;

/// The topic of the pieces.
pub const TOPIC: &str = "text";

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Which attempt at the activity wrote it, from 1: what earlier ones wrote is void.
    pub attempt: u32,
    /// The piece.
    pub text: String,
}

/// The workflow's stream. What can't be published is not worth failing for: the activity's result
/// has all of the text.
pub(super) struct Stream {
    attempt: u32,
    publisher: Option<Publisher>,
}

impl Stream {
    /// The stream of the workflow that scheduled the activity.
    pub(super) fn open(ctx: &ActivityContext) -> Self {
        let publisher = Publisher::from_activity(ctx, PublisherConfig::default());
        let failed = |error| tracing::warn!(%error, "the text is not streamed");
        Self {
            attempt: ctx.info().attempt,
            publisher: publisher.map_err(failed).ok(),
        }
    }

    pub(super) async fn publish(&mut self, text: String) {
        let Some(publisher) = &self.publisher else {
            return;
        };
        let attempt = self.attempt;
        let piece = Piece { attempt, text };
        if let Err(error) = publisher.publish(TOPIC, &piece).await {
            tracing::warn!(%error, "the rest of the text is not streamed");
            self.publisher = None;
        }
    }

    /// Waits until all that was published is there.
    pub(super) async fn close(self) {
        if let Some(publisher) = self.publisher
            && let Err(error) = publisher.close().await
        {
            tracing::warn!(%error, "the end of the text is not streamed");
        }
    }
}
