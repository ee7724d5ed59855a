//! The queue between a publisher's handles and its task, bounded by items and by bytes.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::{publish_error::PublishError, publisher_config::PublisherConfig};
use crate::streaming::wire::PublishEntry;

/// The maximum length of an encoded item: Temporal rejects a signal of 2 MB, and a poll result ends
/// at 1 MB.
const MAX_ITEM_BYTES: usize = 1_000_000;

/// Why the actor failed, if it did.
pub(super) type Failure = Arc<OnceLock<PublishError>>;

/// A message to the actor.
#[derive(Debug)]
pub(super) enum Command {
    Item(Queued),
    /// Send all earlier items, then notify the caller.
    Flush(oneshot::Sender<()>),
    /// Send all earlier items, notify the caller, and end.
    Close(oneshot::Sender<()>),
}

/// An item, with its share of the queue's bytes until it is sent.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) entry: PublishEntry,
    pub(super) room: OwnedSemaphorePermit,
}

/// The actor's side of the queue.
#[derive(Debug)]
pub(super) struct Commands {
    pub(super) receiver: mpsc::Receiver<Command>,
    /// Cancelled when the actor must stop at once.
    pub(super) stop: CancellationToken,
}

#[derive(Debug)]
pub(super) struct Queue {
    sender: mpsc::Sender<Command>,
    bytes: Arc<Semaphore>,
    max_bytes: usize,
    failure: Failure,
    stop: CancellationToken,
}

impl Queue {
    pub(super) fn new(config: &PublisherConfig) -> (Self, Commands) {
        let (sender, receiver) = mpsc::channel(config.queue_items.max(1));
        let max_bytes = config.queue_bytes.clamp(1, Semaphore::MAX_PERMITS);
        let stop = CancellationToken::new();
        let queue = Self {
            sender,
            bytes: Arc::new(Semaphore::new(max_bytes)),
            max_bytes,
            failure: Failure::default(),
            stop: stop.clone(),
        };
        (queue, Commands { receiver, stop })
    }

    pub(super) fn failure(&self) -> Failure {
        Arc::clone(&self.failure)
    }

    pub(super) async fn push(&self, entry: PublishEntry) -> Result<(), PublishError> {
        let room = self.room(&entry)?;
        let room = Arc::clone(&self.bytes).acquire_many_owned(room).await;
        let room = room.expect("the semaphore is never closed");
        let item = Command::Item(Queued { entry, room });
        self.sender.send(item).await.map_err(|_| self.end_reason())
    }

    pub(super) fn try_push(&self, entry: PublishEntry) -> Result<(), PublishError> {
        let room = self.room(&entry)?;
        let room = Arc::clone(&self.bytes).try_acquire_many_owned(room);
        let room = room.map_err(|_| PublishError::Full)?;
        let item = Command::Item(Queued { entry, room });
        self.sender.try_send(item).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => PublishError::Full,
            mpsc::error::TrySendError::Closed(_) => self.end_reason(),
        })
    }

    /// Returns the number of bytes that an item reserves. An item that exceeds the queue reserves
    /// all of it.
    fn room(&self, entry: &PublishEntry) -> Result<u32, PublishError> {
        let bytes = entry.topic.len() + entry.data.len();
        if bytes > MAX_ITEM_BYTES {
            return Err(PublishError::TooLarge {
                bytes,
                limit: MAX_ITEM_BYTES,
            });
        }
        let room = bytes.min(self.max_bytes);
        Ok(u32::try_from(room).expect("an item is smaller than a megabyte"))
    }

    pub(super) async fn flush(&self) -> Result<(), PublishError> {
        self.request(Command::Flush).await
    }

    pub(super) async fn close(&self) -> Result<(), PublishError> {
        self.request(Command::Close).await
    }

    async fn request(
        &self,
        command: impl FnOnce(oneshot::Sender<()>) -> Command,
    ) -> Result<(), PublishError> {
        let (done, is_done) = oneshot::channel();
        let sent = self.sender.send(command(done)).await;
        sent.map_err(|_| self.end_reason())?;
        is_done.await.map_err(|_| self.end_reason())
    }

    /// Makes the actor drop its unsent items and end.
    pub(super) fn stop(&self) {
        self.stop.cancel();
    }

    /// Returns why the publisher accepts no more items.
    pub(super) fn end_reason(&self) -> PublishError {
        self.failure.get().cloned().unwrap_or(PublishError::Closed)
    }
}
