//! The task of a publisher: collects items, and sends them in batches.

use std::{ops::ControlFlow, time::Duration};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use super::{
    publish_error::PublishError,
    publisher_config::PublisherConfig,
    queue::{Command, Commands, Failure, Queued},
    sink::{Sink, SinkError},
};
use crate::streaming::{retry::Backoff, wire::PublishInput};

pub(super) struct Actor<S> {
    sink: S,
    publisher_id: String,
    config: PublisherConfig,
    commands: Commands,
    failure: Failure,
    /// The sequence number of the last batch.
    sequence: i64,
    /// When the next batch is sent, if it is not full earlier.
    due: Instant,
    batch: Batch,
    /// Callers that wait for the end.
    closing: Vec<oneshot::Sender<()>>,
}

/// The items collected so far.
#[derive(Default)]
struct Batch {
    items: Vec<Queued>,
    bytes: usize,
    /// Callers that wait until the batch is sent.
    waiting: Vec<oneshot::Sender<()>>,
}

impl<S: Sink> Actor<S> {
    pub(super) fn new(
        sink: S,
        publisher_id: String,
        config: PublisherConfig,
        commands: Commands,
        failure: Failure,
    ) -> Self {
        Self {
            sink,
            publisher_id,
            config,
            commands,
            failure,
            sequence: 0,
            due: Instant::now(),
            batch: Batch::default(),
            closing: Vec::new(),
        }
    }

    /// Runs until the publisher is closed, all its handles are dropped, or a batch can't be sent.
    pub(super) async fn run(mut self) {
        let stop = self.commands.stop.clone();
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            outcome = self.run_inner() => if let Err(error) = outcome {
                tracing::warn!(publisher_id = self.publisher_id, %error, "stopped publishing");
            }
        }
    }

    async fn run_inner(&mut self) -> Result<(), PublishError> {
        loop {
            let is_last = self.collect_batch().await.is_break();
            let is_closing = is_last || self.commands.receiver.is_closed();
            let limit = self.config.effective_retry_limit();
            self.send(if is_closing {
                limit.min(self.config.close_limit)
            } else {
                limit
            })
            .await?;
            if is_last {
                notify(self.closing.drain(..));
                return Ok(());
            }
        }
    }

    /// Collects items until the batch is full, due, or flushed. Returns `Break` if no more items
    /// will arrive.
    async fn collect_batch(&mut self) -> ControlFlow<()> {
        loop {
            let is_due = !self.batch.items.is_empty();
            let command = tokio::select! {
                biased;
                () = sleep_until(self.due), if is_due => return self.take_queued(),
                command = self.commands.receiver.recv() => command,
            };
            let Some(command) = command else {
                return ControlFlow::Break(());
            };
            self.handle(command);
            if self.is_complete() {
                return ControlFlow::Continue(());
            }
        }
    }

    /// Adds the items that are already in the queue to the batch.
    fn take_queued(&mut self) -> ControlFlow<()> {
        while !self.is_complete() {
            let Ok(command) = self.commands.receiver.try_recv() else {
                break;
            };
            self.handle(command);
        }
        ControlFlow::Continue(())
    }

    fn handle(&mut self, command: Command) {
        match command {
            Command::Item(item) => {
                self.batch.bytes += item.entry.topic.len() + item.entry.data.len();
                self.batch.items.push(item);
            }
            Command::Flush(done) => self.batch.waiting.push(done),
            Command::Close(done) => {
                // Items that other handles have already queued can still be received.
                self.commands.receiver.close();
                self.closing.push(done);
                self.due = Instant::now();
            }
        }
    }

    /// Whether the batch is sent at once: it is full, or a caller waits for it.
    fn is_complete(&self) -> bool {
        self.batch.items.len() >= self.config.max_batch_items
            || self.batch.bytes >= self.config.max_batch_bytes
            || !self.batch.waiting.is_empty()
    }

    /// Sends the batch, with retries, and notifies the callers that wait for it.
    async fn send(&mut self, limit: Duration) -> Result<(), PublishError> {
        let batch = std::mem::take(&mut self.batch);
        if !batch.items.is_empty() {
            self.sequence += 1;
            let (items, room): (Vec<_>, Vec<_>) = batch
                .items
                .into_iter()
                .map(|item| (item.entry, item.room))
                .unzip();
            let input = PublishInput {
                items,
                publisher_id: self.publisher_id.clone(),
                sequence: self.sequence,
            };
            self.due = Instant::now() + self.config.batch_interval;
            if let Err(error) = self.deliver(&input, limit).await {
                // Set before the waiting callers notice the end, so that they can read the reason.
                self.failure.get_or_init(|| error.clone());
                return Err(error);
            }
            drop(room);
        }
        notify(batch.waiting.into_iter());
        Ok(())
    }

    async fn deliver(&self, batch: &PublishInput, limit: Duration) -> Result<(), PublishError> {
        let deadline = Instant::now() + limit;
        let undelivered = |source| PublishError::Undelivered { limit, source };
        let mut backoff = Backoff::default();
        loop {
            let Ok(sent) = timeout_at(deadline, self.sink.send(batch)).await else {
                return Err(undelivered(SinkError::retryable("no response")));
            };
            let error = match sent {
                Ok(()) => return Ok(()),
                Err(error) if error.is_retryable() => error,
                Err(error) => return Err(PublishError::Rejected(error)),
            };
            let pause = backoff.next_pause();
            if Instant::now() + pause >= deadline {
                return Err(undelivered(error));
            }
            tracing::debug!(
                publisher_id = self.publisher_id,
                sequence = batch.sequence,
                %error,
                "retrying a batch"
            );
            sleep(pause).await;
        }
    }
}

/// Notifies waiting callers. A caller that has stopped waiting is ignored.
fn notify(waiting: impl Iterator<Item = oneshot::Sender<()>>) {
    for done in waiting {
        let _ = done.send(());
    }
}
