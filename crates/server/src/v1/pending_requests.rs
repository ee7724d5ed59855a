//! The requests of a connection that are in flight: each is a task, and completes in any order.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll, ready},
};

use fast_temporal_protocol::{ErrorBody, v1::RequestId};
use futures_util::{FutureExt as _, stream::FuturesUnordered};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::task::TaskTracker;

use crate::{connection::update_streams::poll_slot, error::panic_to_internal};

/// What happens to a request in flight when its connection closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDisconnect {
    /// It runs to completion: it changes something, and is done exactly once.
    Detach,
    /// It is aborted: no client is left to receive the result.
    Abort,
}

/// A request that has completed.
pub(super) struct FinishedRequest<T> {
    pub(super) id: RequestId,
    message_bytes: usize,
    pub(super) outcome: T,
}

/// Runs a request and turns a panic into an internal error.
pub(super) async fn catch_panic<T>(
    request: impl Future<Output = Result<T, ErrorBody>>,
) -> Result<T, ErrorBody> {
    panic_to_internal(AssertUnwindSafe(request).catch_unwind().await)
}

/// The requests in flight. Allocates nothing for a connection without any, as most are.
pub(super) struct PendingRequests<T> {
    tasks: Option<Box<FuturesUnordered<PendingRequest<T>>>>,
    message_bytes: usize,
}

struct PendingRequest<T> {
    task: JoinHandle<FinishedRequest<T>>,
    on_disconnect: OnDisconnect,
}

impl<T> Default for PendingRequests<T> {
    fn default() -> Self {
        Self {
            tasks: None,
            message_bytes: 0,
        }
    }
}

impl<T: Send + 'static> PendingRequests<T> {
    pub(super) fn count(&self) -> usize {
        self.tasks.as_ref().map_or(0, |tasks| tasks.len())
    }

    /// The total size of their messages.
    pub(super) fn message_bytes(&self) -> usize {
        self.message_bytes
    }

    /// Spawns a request.
    pub(super) fn spawn(
        &mut self,
        tracker: &TaskTracker,
        id: RequestId,
        message_bytes: usize,
        on_disconnect: OnDisconnect,
        request: impl Future<Output = T> + Send + 'static,
    ) {
        self.message_bytes += message_bytes;
        let task = tracker.spawn(async move {
            FinishedRequest {
                id,
                message_bytes,
                outcome: request.await,
            }
        });
        let tasks = self.tasks.get_or_insert_default();
        tasks.push(PendingRequest {
            task,
            on_disconnect,
        });
    }

    /// The next request that has completed. Pending until there is one.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<FinishedRequest<T>> {
        loop {
            // A task that was aborted has no outcome: the runtime shuts down.
            if let Ok(finished) = ready!(poll_slot(&mut self.tasks, cx)) {
                self.message_bytes -= finished.message_bytes;
                return Poll::Ready(finished);
            }
        }
    }
}

impl<T> Future for PendingRequest<T> {
    type Output = Result<FinishedRequest<T>, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<T> Drop for PendingRequest<T> {
    fn drop(&mut self) {
        if self.on_disconnect == OnDisconnect::Abort {
            self.task.abort();
        }
    }
}
