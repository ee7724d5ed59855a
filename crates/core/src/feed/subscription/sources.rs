//! What a subscription merges into its events: activity progress, and the workflow's own stream.

use std::{future::pending, sync::Arc};

use tokio::select;

use crate::feed::{
    progress::{activity::ActivityProgress, progress_subscriber::ProgressSubscriber},
    workflow_stream::stream_subscriber::StreamSubscriber,
};

#[derive(Default)]
pub(super) struct Sources {
    pub(super) progress: Option<ProgressSubscriber>,
    pub(super) stream: Option<StreamSubscriber>,
}

impl Sources {
    /// Waits until the stream may have something new, or for progress if `next` is the number of the
    /// subscription's next entry. Dropping the future loses nothing.
    pub(super) async fn changed(
        &mut self,
        next: Option<u64>,
    ) -> Option<Vec<Arc<ActivityProgress>>> {
        let progress = async {
            match (&mut self.progress, next) {
                (Some(progress), Some(next)) => progress.next(next).await,
                _ => pending().await,
            }
        };
        let stream = async {
            match &mut self.stream {
                Some(stream) => stream.changed().await,
                None => pending().await,
            }
        };
        select! {
            biased;
            () = stream => None,
            // Last, so that the events which close an activity are sent before its progress.
            progress = progress => Some(progress),
        }
    }
}
