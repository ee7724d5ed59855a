//! The document example: a workflow that takes a text file and an instruction, generates new
//! content with a language model, writes it to the file, and makes an audio file of it.
//!
//! It knows nothing of the gateway. Started with the signal [`START_SIGNAL`] and a [`Request`],
//! `{"text": "…", "instruction": "…", "file": "notes.txt"}`, it returns a [`Report`].
//!
//! The parts know nothing of each other: `model` writes, `folder` keeps files, `speech` speaks,
//! and none of them knows Temporal. `activity` makes activities of them, `workflow` puts those in
//! order, `worker` runs it all.

mod activity;
mod fault;
mod fetch;
mod file_name;
mod folder;
mod http;
mod key;
mod model;
mod plain;
mod program;
mod report;
mod request;
mod settings;
mod speech;
mod stop;
mod worker;
mod workflow;

pub(crate) use self::activity::{BEAT, SILENCE};
pub use self::{
    activity::{
        Audio, Generate, Generated, Generation, Piece, Speak, Speaking, TOPIC, Write, Writing,
    },
    fetch::{FetchError, Pip, Staging, size_of},
    file_name::{FileName, FileNameError},
    folder::{Folder, WriteError, Written},
    http::{HttpError, Server, ServerError},
    key::Key,
    model::{Answer, Growing, LanguageModel, ModelError, OpenAi, Prompt, TOKENS_AHEAD, Tokens},
    plain::{ADVICE, Analysis, PlainRules, WordCount},
    report::{Failed, Report},
    request::{Request, RequestError, Step},
    settings::{ServerSettings, Settings, SettingsError},
    speech::{Endpoint, Local, Sound, Speech, SpeechError, WavError},
    stop::told_to_stop,
    worker::{Documents, Target, Work, WorkerError, connect, run},
    workflow::DocumentWorkflow,
};

/// The workflow's type, as clients name it.
pub const WORKFLOW: &str = "DocumentWorkflow";
/// The task queue of the workflow, and of the activities that write files.
pub const TASK_QUEUE: &str = "documents";
/// The task queue of the activity that asks a language model. It is a queue of its own, so that
/// the machine with the model need not be the one with the files.
pub const MODEL_TASK_QUEUE: &str = "documents-language-model";
/// The signal that brings the request.
pub const START_SIGNAL: &str = "handle_document";
