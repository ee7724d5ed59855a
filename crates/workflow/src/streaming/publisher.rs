//! Publishes to a workflow's stream from activities and from programs with a client.
//!
//! A publisher is a cheap handle on a task that collects items and sends them in batches, one
//! signal each. Each signal costs the workflow a task, and a run accepts 10,000 signals, so the
//! task sends the first item after a pause at once, and then at most one batch per interval.
//! Batches are numbered, and the workflow ignores a batch that it has already received, so the task
//! retries each batch until it arrives. If a batch can't be delivered, the publisher ends: no gap
//! ever appears between two delivered items.

mod actor;
pub(crate) mod publish_error;
pub(crate) mod publisher_config;
mod queue;
pub(crate) mod sink;

use std::sync::Arc;

use temporalio_client::Client;
use temporalio_common::{
    data_converters::{PayloadConverter, TemporalSerializable},
    protos::temporal::api::common::v1::Payload,
};
use temporalio_sdk::activities::ActivityContext;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use self::{
    actor::Actor,
    publish_error::PublishError,
    publisher_config::PublisherConfig,
    queue::Queue,
    sink::{ClientSink, Sink},
};
use super::{
    origin::Origin,
    wire::{PublishEntry, encode_payload},
};
use crate::payload;

/// A handle to a publisher; clones share it. Call [`Publisher::close`] at the end: a publisher that
/// is dropped still sends its items, but reports no failure.
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
    /// Owns the task of the actor, which ends once the last handle is dropped.
    tasks: TaskTracker,
}

impl Publisher {
    /// Publishes to the stream of the workflow with this id, in its current run.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    pub fn new(client: &Client, workflow_id: impl Into<String>, config: PublisherConfig) -> Self {
        let sink = ClientSink::new(client.clone(), workflow_id);
        Self::start(sink, config, None, sink::converter(client))
    }

    /// Publishes to the stream of the workflow that scheduled this activity, and marks each item
    /// with the activity and the attempt, so that subscribers recognize the items of a failed
    /// attempt.
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

    /// Publishes to another sink, for instance in a test.
    pub fn to_sink(sink: impl Sink, config: PublisherConfig, origin: Option<Origin>) -> Self {
        Self::start(sink, config, origin, PayloadConverter::default())
    }

    fn start(
        sink: impl Sink,
        config: PublisherConfig,
        origin: Option<Origin>,
        converter: PayloadConverter,
    ) -> Self {
        let mut id = Uuid::new_v4().simple().to_string();
        // The other implementations use 16 digits, too.
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

    /// Returns the id by which the workflow identifies this publisher.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Returns a handle for one topic.
    pub fn topic(&self, name: impl Into<String>) -> Topic {
        Topic {
            publisher: self.clone(),
            name: name.into(),
        }
    }

    /// Publishes a value: hands it to the publisher's task, and waits while the queue is full.
    pub async fn publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PublishError> {
        let payload = self.payload(value)?;
        self.publish_payload(topic, payload).await
    }

    /// Publishes a value if the queue has room, else fails with [`PublishError::Full`].
    pub fn try_publish<T: TemporalSerializable + 'static>(
        &self,
        topic: &str,
        value: &T,
    ) -> Result<(), PublishError> {
        let entry = self.entry(topic, self.payload(value)?);
        self.shared.queue.try_push(entry)
    }

    /// Publishes a payload unchanged, except for its origin.
    pub async fn publish_payload(&self, topic: &str, payload: Payload) -> Result<(), PublishError> {
        self.shared.queue.push(self.entry(topic, payload)).await
    }

    /// Sends all items published so far, and waits until Temporal has accepted them. Retries for up
    /// to [`PublisherConfig::retry_limit`].
    pub async fn flush(&self) -> Result<(), PublishError> {
        self.shared.queue.flush().await
    }

    /// Sends all items published so far, waits until Temporal has accepted them, for at most
    /// [`PublisherConfig::close_limit`], and closes the publisher for all clones. A second `close`
    /// waits for the same end, and fails with [`PublishError::Closed`] if the first succeeded.
    pub async fn close(self) -> Result<(), PublishError> {
        let Shared {
            config,
            queue,
            tasks,
            ..
        } = &*self.shared;
        let closed = async {
            let outcome = queue.close().await;
            // If another handle has closed the publisher, its items may still be in flight.
            tasks.wait().await;
            outcome.map_err(|_| queue.end_reason())
        };
        if let Ok(outcome) = tokio::time::timeout(config.close_limit, closed).await {
            return outcome;
        }
        queue.stop();
        tasks.wait().await;
        Err(PublishError::CloseTimeout(config.close_limit))
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
            origin.attach_to(&mut payload);
        }
        PublishEntry {
            topic: topic.to_owned(),
            data: encode_payload(payload),
        }
    }
}

/// A handle for one topic of a publisher. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Topic {
    publisher: Publisher,
    name: String,
}

impl Topic {
    /// Returns the name of the topic.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Publishes a value; see [`Publisher::publish`].
    pub async fn publish<T: TemporalSerializable + 'static>(
        &self,
        value: &T,
    ) -> Result<(), PublishError> {
        self.publisher.publish(&self.name, value).await
    }

    /// Publishes a value if the queue has room; see [`Publisher::try_publish`].
    pub fn try_publish<T: TemporalSerializable + 'static>(
        &self,
        value: &T,
    ) -> Result<(), PublishError> {
        self.publisher.try_publish(&self.name, value)
    }
}
