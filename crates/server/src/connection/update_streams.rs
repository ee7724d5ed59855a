//! The update streams of a connection, one per subscription, read side by side.

use std::task::{Context, Poll};

use futures_util::stream::{BoxStream, SelectAll, Stream, StreamExt as _};

/// Yields the items of all streams as they are ready. Most connections have one subscription, so the
/// first stream is polled directly: in a set, each wake-up passes through a queue, which costs about
/// as much as everything else that a connection does for an event.
pub(super) struct UpdateStreams<T> {
    first: Option<BoxStream<'static, T>>,
    others: Option<Box<SelectAll<BoxStream<'static, T>>>>,
    /// Alternates, so that a busy first stream does not delay the others.
    others_turn: bool,
}

impl<T> Default for UpdateStreams<T> {
    fn default() -> Self {
        Self {
            first: None,
            others: None,
            others_turn: false,
        }
    }
}

impl<T> UpdateStreams<T> {
    pub(super) fn push(&mut self, stream: BoxStream<'static, T>) {
        if self.first.is_none() {
            self.first = Some(stream);
        } else {
            self.others.get_or_insert_default().push(stream);
        }
    }

    /// The next item of any stream. Pending until there is one.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        for _ in 0..2 {
            let item = if self.others_turn {
                poll_slot(&mut self.others, cx)
            } else {
                poll_slot(&mut self.first, cx)
            };
            self.others_turn = !self.others_turn;
            if item.is_ready() {
                return item;
            }
        }
        Poll::Pending
    }
}

/// The next item of a stream, which is removed when it ends. Pending until there is one.
pub(crate) fn poll_slot<S: Stream + Unpin>(
    slot: &mut Option<S>,
    cx: &mut Context<'_>,
) -> Poll<S::Item> {
    let Some(stream) = slot else {
        return Poll::Pending;
    };
    match stream.poll_next_unpin(cx) {
        Poll::Ready(Some(item)) => Poll::Ready(item),
        Poll::Ready(None) => {
            *slot = None;
            Poll::Pending
        }
        Poll::Pending => Poll::Pending,
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::{FutureExt as _, stream};

    use super::*;

    async fn next<T>(streams: &mut UpdateStreams<T>) -> T {
        poll_fn(|cx| streams.poll_next(cx)).await
    }

    #[tokio::test]
    async fn a_busy_stream_does_not_delay_others() {
        let mut streams = UpdateStreams::default();
        streams.push(stream::repeat(0).boxed());
        streams.push(stream::iter([1, 2]).boxed());
        streams.push(stream::iter([3]).boxed());
        let mut seen = Vec::new();
        for _ in 0..8 {
            seen.push(next(&mut streams).await);
        }
        seen.retain(|item| *item != 0);
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3]);
    }

    #[tokio::test]
    async fn streams_are_removed_when_they_end() {
        let mut streams = UpdateStreams::default();
        assert_eq!(next(&mut streams).now_or_never(), None);
        for item in 0..3 {
            streams.push(stream::iter([item]).boxed());
        }
        let mut seen = [
            next(&mut streams).await,
            next(&mut streams).await,
            next(&mut streams).await,
        ];
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2]);
        assert_eq!(next(&mut streams).now_or_never(), None);
        streams.push(stream::iter([3]).boxed());
        assert_eq!(next(&mut streams).now_or_never(), Some(3));
    }
}
