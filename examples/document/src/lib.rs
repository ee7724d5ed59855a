//! The document example: a workflow that takes a text and an instruction, generates new content
//! with a language model, writes it to a file, and makes an audio file of it.
//!
//! A client starts the workflow with the signal [`START_SIGNAL`] and a request such as
//! `{"text": "…", "instruction": "summarize", "file": "notes.txt"}`, and receives a [`Report`].
//! Read `workflow` first, then `activity`. The modules below these know nothing of Temporal.

mod activity;
mod error;
mod file;
mod language_model;
mod model_server;
mod plain_rules;
mod request;
mod settings;
mod speech;
mod worker;
mod workflow;

pub use self::{
    activity::{Activities, Audio},
    error::StepError,
    file::Written,
    language_model::{Generated, LanguageModel},
    model_server::ModelServer,
    request::{Request, Step},
    speech::{Sound, Speech},
    worker::{Target, connect, run},
    workflow::{DocumentWorkflow, FailedStep, Report},
};

/// The workflow type.
pub const WORKFLOW: &str = "DocumentWorkflow";
/// The task queue of the workflow and its activities.
pub const TASK_QUEUE: &str = "documents";
/// The signal that carries the request.
pub const START_SIGNAL: &str = "handle_document";
