//! The streams that a connection reads side by side.

use std::{
    future::poll_fn,
    task::{Context, Poll},
};

use futures_util::stream::{BoxStream, SelectAll, Stream, StreamExt as _};

/// Streams whose items come as they are ready. Most connections read one workflow, so the first
/// stream stands by itself: among many, each wake-up goes through a queue of its own, which costs
/// about as much as all else that a connection does for an event.
pub(crate) struct Readers<T> {
    first: Option<BoxStream<'static, T>>,
    others: Option<Box<SelectAll<BoxStream<'static, T>>>>,
    /// Whose turn it is, so that a busy first stream holds no other up.
    others_turn: bool,
}

impl<T> Default for Readers<T> {
    fn default() -> Self {
        Self {
            first: None,
            others: None,
            others_turn: false,
        }
    }
}

impl<T> Readers<T> {
    pub(crate) fn push(&mut self, stream: BoxStream<'static, T>) {
        if self.first.is_none() {
            self.first = Some(stream);
        } else {
            self.others.get_or_insert_default().push(stream);
        }
    }

    /// The next item, whichever stream it comes from; waits for ever where there is none.
    /// Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> T {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The same, for who waits for other things as well.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<T> {
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

/// The next item of a stream that is there until it ends.
fn poll_slot<S: Stream + Unpin>(slot: &mut Option<S>, cx: &mut Context<'_>) -> Poll<S::Item> {
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
    use futures_util::{FutureExt as _, stream};

    use super::*;

    #[tokio::test]
    async fn a_busy_stream_holds_no_other_up() {
        let mut readers = Readers::default();
        readers.push(stream::repeat(0).boxed());
        readers.push(stream::iter([1, 2]).boxed());
        readers.push(stream::iter([3]).boxed());
        let mut seen = Vec::new();
        for _ in 0..8 {
            seen.push(readers.next().await);
        }
        seen.retain(|item| *item != 0);
        seen.sort_unstable();
        assert_eq!(seen, [1, 2, 3]);
    }

    #[tokio::test]
    async fn streams_come_and_go() {
        let mut readers = Readers::default();
        assert_eq!(readers.next().now_or_never(), None);
        for item in 0..3 {
            readers.push(stream::iter([item]).boxed());
        }
        let mut seen = [
            readers.next().await,
            readers.next().await,
            readers.next().await,
        ];
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2]);
        assert_eq!(readers.next().now_or_never(), None);
        readers.push(stream::iter([3]).boxed());
        assert_eq!(readers.next().now_or_never(), Some(3));
    }
}
