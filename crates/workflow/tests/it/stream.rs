//! Streams without a server: the workflow's stream, the publisher and the subscriber.

mod origin;
mod publisher;
mod publisher_close;
mod subscriber;
mod subscriber_failure;
mod wire;
mod workflow_stream;
mod workflow_stream_model;
