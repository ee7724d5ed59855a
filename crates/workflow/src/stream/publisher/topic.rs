//! One topic of a publisher.

use temporalio_common::data_converters::TemporalSerializable;

use super::{PublishError, Publisher};

/// A handle for one topic. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Topic {
    publisher: Publisher,
    name: String,
}

impl Topic {
    pub(super) fn new(publisher: Publisher, name: String) -> Self {
        Self { publisher, name }
    }

    /// The topic.
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

    /// Publishes a value where there is room; see [`Publisher::try_publish`].
    pub fn try_publish<T: TemporalSerializable + 'static>(
        &self,
        value: &T,
    ) -> Result<(), PublishError> {
        self.publisher.try_publish(&self.name, value)
    }
}
