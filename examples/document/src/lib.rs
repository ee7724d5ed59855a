//! The document example: a workflow that analyses a text, transforms it as it is told, and writes
//! the result to a file.
//!
//! It is plain Temporal and knows nothing of the gateway. Started with the signal
//! [`START_SIGNAL`] and `{"text": "…", "instruction": "upper case"}`, it returns
//! `{"analysis": {…}, "text": "…", "path": "…"}`.

mod activity;
mod request;
mod worker;
mod workflow;

pub use self::{
    activity::{Analysis, Documents, Transformed, WordCount, Written},
    request::{Request, RequestError},
    worker::{Target, WorkerError, connect, run},
    workflow::{DocumentWorkflow, Report},
};

/// The workflow's type, as clients name it.
pub const WORKFLOW: &str = "DocumentWorkflow";
/// The task queue that the worker polls.
pub const TASK_QUEUE: &str = "documents";
/// The signal that brings the request.
pub const START_SIGNAL: &str = "handle_document";
/// The folder under the system's temporary folder where documents are written.
pub const FOLDER: &str = "fast-temporal-documents";
