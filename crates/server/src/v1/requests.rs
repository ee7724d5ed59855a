//! The requests of a connection that are under way: each a task of its own, answered when it is
//! over, in whatever order that is.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    task::{Context, Poll, ready},
};

use fast_temporal_protocol::{ErrorBody, v1::RequestId};
use futures_util::{
    FutureExt as _,
    stream::{FuturesUnordered, StreamExt as _},
};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::task::TaskTracker;

use crate::error::panic_to_internal;

/// What became of a request.
pub(super) struct Finished<T> {
    pub(super) id: RequestId,
    /// How long its message was.
    bytes: usize,
    pub(super) outcome: T,
}

/// What becomes of a request whose connection is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// It goes on: what was asked for is done, once.
    GoesOn,
    /// It ends: nobody is there to be answered.
    Ends,
}

/// What a request comes to, also where it meets a fault of the gateway.
pub(super) async fn outcome<T>(
    request: impl Future<Output = Result<T, ErrorBody>>,
) -> Result<T, ErrorBody> {
    panic_to_internal(AssertUnwindSafe(request).catch_unwind().await)
}

/// The requests that are under way. Few connections have any, so they take no room before.
pub(super) struct Requests<T> {
    under_way: Option<Box<FuturesUnordered<UnderWay<T>>>>,
    bytes: usize,
}

struct UnderWay<T> {
    task: JoinHandle<Finished<T>>,
    loss: Loss,
}

impl<T> Default for Requests<T> {
    fn default() -> Self {
        Self {
            under_way: None,
            bytes: 0,
        }
    }
}

impl<T: Send + 'static> Requests<T> {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.under_way
            .as_ref()
            .map_or(0, |under_way| under_way.len())
    }

    /// How long their messages were, together.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Begins one, of a message of so many bytes.
    pub(super) fn begin(
        &mut self,
        tasks: &TaskTracker,
        id: RequestId,
        bytes: usize,
        loss: Loss,
        request: impl Future<Output = T> + Send + 'static,
    ) {
        self.bytes += bytes;
        let task = tasks.spawn(async move {
            Finished {
                id,
                bytes,
                outcome: request.await,
            }
        });
        let under_way = self.under_way.get_or_insert_default();
        under_way.push(UnderWay { task, loss });
    }

    /// The next one that is over; pending where there is none.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Finished<T>> {
        while let Some(under_way) = &mut self.under_way {
            match ready!(under_way.poll_next_unpin(cx)) {
                Some(Ok(finished)) => {
                    self.bytes -= finished.bytes;
                    return Poll::Ready(finished);
                }
                // It was ended from outside, as the runtime is.
                Some(Err(_)) => {}
                None => self.under_way = None,
            }
        }
        Poll::Pending
    }
}

impl<T> Future for UnderWay<T> {
    type Output = Result<Finished<T>, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<T> Drop for UnderWay<T> {
    fn drop(&mut self) {
        if self.loss == Loss::Ends {
            self.task.abort();
        }
    }
}
