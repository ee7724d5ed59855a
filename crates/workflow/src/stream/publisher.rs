//! Publishes to a workflow's stream from outside: from activities, or from any program with a
//! client.
//!
//! A publisher is a cheap handle on a task that gathers items and sends them in batches, one signal
//! each. Each signal costs the workflow a task, and a run takes 10,000 of them, so the first item
//! after a pause goes at once, and then at most one batch per interval. The batches are numbered,
//! and the workflow drops one that it has seen, so each is sent again until it has arrived.
//! What can't be delivered ends the publisher: no item is ever left out between two that arrive.

mod actor;
mod config;
mod error;
mod queue;
mod sink;
mod topic;

use std::sync::Arc;

use temporalio_client::Client;
use temporalio_common::{
    data_converters::{PayloadConverter, TemporalSerializable},
    protos::temporal::api::common::v1::Payload,
};
use temporalio_sdk::activities::ActivityContext;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

pub(super) use self::sink::is_retryable;
use self::{actor::Actor, queue::Queue};
pub use self::{
    config::PublisherConfig,
    error::PublishError,
    sink::{ClientSink, Sink, SinkError},
    topic::Topic,
};
use super::{
    origin::Origin,
    wire::{PublishEntry, encode_payload},
};
use crate::payload;

/// A handle on a publisher. Clones are handles on the same one. [`Publisher::close`] it at the end:
/// dropped, it still sends what it has, but nobody learns whether that arrived.
#[derive(Clone, Debug)]
pub struct Publisher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    id: String,
    config: PublisherConfig,
    queue: Queue,
    origin: Option<Origin>,
    converter: PayloadConverter,
    /// Owns the actor's task, which ends by itself once the queue has no handle left.
    tasks: TaskTracker,
}

impl Publisher {
    /// Publishes to the stream of the workflow with this id, in whichever run it is. Needs a Tokio
    /// runtime around it.
    pub fn new(client: &Client, workflow_id: impl Into<String>, config: PublisherConfig) -> Self {
        let sink = ClientSink::new(client.clone(), workflow_id);
        Self::start(sink, config, None, sink::converter(client))
    }

    /// Publishes to the stream of the workflow that scheduled this activity, and marks each item
    /// with the activity and the attempt, so that readers can tell what an attempt that failed had
    /// published.
    pub fn from_activity(
        ctx: &ActivityContext,
        config: PublisherConfig,
    ) -> Result<Self, PublishError> {
        let info = ctx.info();
        let workflow_id = info.workflow_id.clone().ok_or(PublishError::NoWorkflow)?;
        let origin = Origin {
            run_id: info.workflow_run_id.clone().unwrap_or_default(),
            activity_id: info.activity_id.clone(),
            attempt: info.attempt,
        };
        let client = ctx.client();
        let converter = sink::converter(&client);
        let sink = ClientSink::new(client, workflow_id);
        Ok(Self::start(sink, config, Some(origin), converter))
    }

    /// Publishes to a sink of one's own: in a test, say.
    pub fn to_sink(sink: impl Sink, config: PublisherConfig, origin: Option<Origin>) -> Self {
        Self::start(sink, config, origin, PayloadConverter::default())
    }

    fn start(
        sink: impl Sink,
        config: PublisherConfig,
        origin: Option<Origin>,
        converter: PayloadConverter,
    ) -> Self {
        // As many digits as the other implementations have.
        let mut id = Uuid::new_v4().simple().to_string();
        id.truncate(16);
        let (queue, commands) = Queue::new(&config);
        let actor = Actor::new(sink, id.clone(), config.clone(), commands, queue.failure());
        let tasks = TaskTracker::new();
        tasks.spawn(actor.run());
        tasks.close();
        let shared = Shared {
            id,
            config,
            queue,
            origin,
            converter,
            tasks,
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The id by which the workflow knows this publisher.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// A handle for one topic.
    pub fn topic(&self, name: impl Into<String>) -> Topic {
        Topic::new(self.clone(), name.into())
    }

    /// Publishes a value: gives it to the publisher's task, and waits for room there first where
    /// the queue is full.
    pub async fn publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PublishError> {
        let payload = self.payload(value)?;
        self.publish_payload(topic, payload).await
    }

    /// Publishes a value where there is room for it now; [`PublishError::Full`] where there is not.
    pub fn try_publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PublishError> {
        let entry = self.entry(topic, self.payload(value)?);
        self.shared.queue.try_push(entry)
    }

    /// Publishes a payload as it is, but for the mark of its origin.
    pub async fn publish_payload(&self, topic: &str, payload: Payload) -> Result<(), PublishError> {
        self.shared.queue.push(self.entry(topic, payload)).await
    }

    /// Sends what was published before, and waits until the server has it. It tries for as long as
    /// the configuration says: [`PublisherConfig::retry_limit`].
    pub async fn flush(&self) -> Result<(), PublishError> {
        self.shared.queue.flush().await
    }

    /// Takes nothing more, sends what was published before, and waits until the server has it, but
    /// for no longer than [`PublisherConfig::close_limit`]. All clones are closed with it: another
    /// `close` waits for the same end, and fails with [`PublishError::Closed`] where that was a good
    /// one.
    pub async fn close(self) -> Result<(), PublishError> {
        let Shared {
            config,
            queue,
            tasks,
            ..
        } = &*self.shared;
        let ended = async {
            let outcome = queue.close().await;
            // Where another handle has closed it, its items may still be on their way.
            tasks.wait().await;
            outcome.map_err(|_| queue.ended())
        };
        if let Ok(outcome) = tokio::time::timeout(config.close_limit, ended).await {
            return outcome;
        }
        queue.stop();
        tasks.wait().await;
        Err(PublishError::Closing(config.close_limit))
    }

    fn payload<T: TemporalSerializable + 'static>(
        &self,
        value: &T,
    ) -> Result<Payload, PublishError> {
        payload::encode_one(value, &self.shared.converter)
            .map_err(|error| PublishError::Value(Arc::new(error)))
    }

    fn entry(&self, topic: &str, mut payload: Payload) -> PublishEntry {
        if let Some(origin) = &self.shared.origin {
            origin.mark(&mut payload);
        }
        PublishEntry {
            topic: topic.to_owned(),
            data: encode_payload(payload),
        }
    }
}
