//! A workflow's own stream.

use fast_temporal_protocol::{Json, event::StreamItem};

use super::FakeWorkflow;

impl FakeWorkflow {
    /// The workflow hosts a stream from now on.
    pub fn host_stream(&self) {
        self.change_run(|run| {
            run.stream.get_or_insert_default();
        });
        self.complete_task();
    }

    /// The workflow itself publishes an item to its stream. History shows only a workflow task of that.
    pub fn publish(&self, topic: &str, data: Json) {
        self.publish_all(topic, vec![data]);
    }

    /// The same with several items in one workflow task.
    pub fn publish_all(&self, topic: &str, items: Vec<Json>) {
        self.change_run(|run| {
            let stream = run.stream.get_or_insert_default();
            for data in items {
                stream.push(topic, data);
            }
        });
        self.complete_task();
    }

    /// An activity publishes an item by signal, and the workflow adds it to its stream.
    pub fn publish_by_signal(&self, topic: &str, data: Json) {
        self.push(StreamItem {
            topic: topic.to_owned(),
            data: data.clone(),
            ..StreamItem::default()
        });
        self.publish(topic, data);
    }

    /// The workflow drops the items of its stream before that offset.
    pub fn truncate_stream(&self, before: u64) {
        self.change_run(|run| run.stream.get_or_insert_default().truncate(before));
        self.complete_task();
    }

    /// The workflow no longer answers reads of its stream, as with a worker of another version.
    pub fn drop_stream(&self) {
        self.change_run(|run| run.stream = None);
    }
}
