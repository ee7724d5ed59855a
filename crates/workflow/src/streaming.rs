//! Temporal Workflow Streams: the log that a workflow keeps, its handlers, publishers and subscribers.

pub(crate) mod handler;
pub(crate) mod origin;
pub(crate) mod publisher;
mod retry;
pub(crate) mod stream_context;
mod stream_state;
pub(crate) mod subscriber;
pub(crate) mod wire;
pub(crate) mod workflow_stream;
