//! What seed clients send.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};

use crate::{ErrorBody, ErrorCode, Json};

/// Temporal's limit on the length of names, in bytes.
const MAX_NAME_BYTES: usize = 1000;

/// A message that a client sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedRequest {
    /// Start a workflow with these arguments.
    Start {
        /// What the start signal, or else the workflow, gets as its one argument; `null` where
        /// the message has no `args`.
        args: Json,
        /// Which workflow, where the message says so.
        workflow: Option<SeedWorkflow>,
    },
    /// `origin` is `temporal`: an echo of what the gateway sent, to be ignored.
    Echo,
}

/// A workflow to start, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedWorkflow {
    /// The workflow type.
    pub workflow_name: String,
    /// The task queue that its workers poll.
    pub workflow_task_queue: String,
    /// The signal that gets `args`; without one, the workflow itself gets them.
    pub start_signal_function: Option<String>,
}

/// The fields that are looked at. `args` stays text: it belongs to the workflow, which gets it as
/// the client wrote it.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    origin: Option<&'a RawValue>,
    #[serde(borrow, default)]
    workflow: Option<&'a RawValue>,
    #[serde(borrow, default)]
    args: Option<&'a RawValue>,
}

/// Reads one text frame.
///
/// # Errors
/// What is wrong with it, with a stable code.
pub fn parse_request(text: &str) -> Result<SeedRequest, ErrorBody> {
    let not_json = |error| ErrorBody::new(ErrorCode::NotJson, format!("not JSON: {error}"));
    let value = serde_json::from_str::<&RawValue>(text).map_err(not_json)?;
    if !value.get().starts_with('{') {
        return Err(ErrorBody::new(
            ErrorCode::NotAnObject,
            "a message is a JSON object",
        ));
    }
    // What is JSON and an object fails here for one thing only: a field that stands there twice.
    let message: Message<'_> = serde_json::from_str(value.get())
        .map_err(|error| ErrorBody::new(ErrorCode::InvalidField, error.to_string()))?;
    if message
        .origin
        .is_some_and(|origin| parse::<String>(origin).as_deref() == Some("temporal"))
    {
        return Ok(SeedRequest::Echo);
    }
    let workflow = match message.workflow {
        None => None,
        Some(workflow) => {
            let fields = parse::<Map<String, Value>>(workflow).ok_or_else(|| {
                ErrorBody::new(ErrorCode::InvalidField, "workflow: must be an object")
            })?;
            Some(parse_workflow(&fields)?)
        }
    };
    let args = match message.args {
        None => Json::null(),
        Some(args) => Json::from_text(args.get().to_owned()).map_err(not_json)?,
    };
    Ok(SeedRequest::Start { args, workflow })
}

fn parse<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

fn parse_workflow(workflow: &Map<String, Value>) -> Result<SeedWorkflow, ErrorBody> {
    let required = |name| {
        optional_name(workflow, name)?.ok_or_else(|| {
            ErrorBody::new(ErrorCode::MissingField, format!("workflow.{name}: missing"))
        })
    };
    Ok(SeedWorkflow {
        workflow_name: required("workflow_name")?,
        workflow_task_queue: required("workflow_task_queue")?,
        start_signal_function: optional_name(workflow, "start_signal_function")?,
    })
}

/// A name; absent, `null` and empty mean the same.
fn optional_name(
    workflow: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, ErrorBody> {
    match workflow.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(Value::String(text)) if text.len() <= MAX_NAME_BYTES => Ok(Some(text.clone())),
        Some(_) => Err(ErrorBody::new(
            ErrorCode::InvalidField,
            format!("workflow.{name}: must be a string of at most {MAX_NAME_BYTES} bytes"),
        )),
    }
}
