//! Messages from seed clients.

use std::borrow::Cow;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{ErrorBody, ErrorCode, Json, check_argument};

/// Temporal's limit on the length of names, in bytes.
const MAX_NAME_BYTES: usize = 1000;

/// A client's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeedRequest {
    /// Start a workflow with these arguments.
    Start {
        /// The one argument of the start signal or, without one, of the workflow; `null` if the
        /// message has no `args`.
        args: Json,
        /// The workflow, if the message names one.
        workflow: Option<SeedWorkflow>,
    },
    /// An echo of a frame that the gateway sent (`origin` is `temporal`), which is ignored.
    Echo,
}

/// A workflow to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedWorkflow {
    /// The workflow type.
    pub workflow_name: String,
    /// The task queue of its workers.
    pub workflow_task_queue: String,
    /// The signal that receives `args`. Without one, the workflow receives them.
    pub start_signal_function: Option<String>,
}

/// The fields of a message. `args` stays text, as the workflow receives it as the client wrote it.
#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    origin: Option<&'a RawValue>,
    #[serde(borrow, default)]
    workflow: Option<&'a RawValue>,
    #[serde(borrow, default)]
    args: Option<&'a RawValue>,
}

/// The fields of `workflow`.
#[derive(Deserialize)]
struct WorkflowFields<'a> {
    #[serde(borrow, default)]
    workflow_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    workflow_task_queue: Option<&'a RawValue>,
    #[serde(borrow, default)]
    start_signal_function: Option<&'a RawValue>,
}

/// Reads one text message.
///
/// # Errors
/// The reason why the message is invalid, with a stable code.
pub fn parse_request(text: &str) -> Result<SeedRequest, ErrorBody> {
    let value = serde_json::from_str::<&RawValue>(text)
        .map_err(|error| ErrorBody::new(ErrorCode::InvalidJson, format!("not JSON: {error}")))?;
    if !is_object(value) {
        return Err(ErrorBody::new(
            ErrorCode::ExpectedObject,
            "expected a JSON object",
        ));
    }
    // A JSON object fails here if it repeats a field, or if a key has an unpaired surrogate.
    let message: Message<'_> =
        serde_json::from_str(value.get()).map_err(|error| invalid_field(error.to_string()))?;
    if message
        .origin
        .is_some_and(|origin| parse::<String>(origin).as_deref() == Some("temporal"))
    {
        return Ok(SeedRequest::Echo);
    }
    Ok(SeedRequest::Start {
        args: message.args.map_or_else(|| Ok(Json::null()), parse_args)?,
        workflow: message.workflow.map(parse_workflow).transpose()?,
    })
}

fn parse_args(value: &RawValue) -> Result<Json, ErrorBody> {
    let args = Json::from_text(value.get().to_owned())
        .map_err(|error| invalid_field(error.to_string()))?;
    check_argument(&args).map_err(|error| invalid_field(format!("args: {error}")))?;
    Ok(args)
}

fn parse_workflow(value: &RawValue) -> Result<SeedWorkflow, ErrorBody> {
    if !is_object(value) {
        return Err(invalid_field("workflow: must be an object"));
    }
    let fields: WorkflowFields<'_> = serde_json::from_str(value.get())
        .map_err(|error| invalid_field(format!("workflow: {error}")))?;
    Ok(SeedWorkflow {
        workflow_name: required("workflow_name", fields.workflow_name)?,
        workflow_task_queue: required("workflow_task_queue", fields.workflow_task_queue)?,
        start_signal_function: optional("start_signal_function", fields.start_signal_function)?,
    })
}

fn required(name: &str, value: Option<&RawValue>) -> Result<String, ErrorBody> {
    optional(name, value)?
        .ok_or_else(|| ErrorBody::new(ErrorCode::MissingField, format!("workflow.{name}: missing")))
}

/// Reads a name. Absent, `null` and empty are the same.
fn optional(name: &str, value: Option<&RawValue>) -> Result<Option<String>, ErrorBody> {
    match value.map(parse::<String>) {
        None => Ok(None),
        Some(Some(text)) if text.is_empty() => Ok(None),
        Some(Some(text)) if text.len() <= MAX_NAME_BYTES => Ok(Some(text)),
        Some(_) => Err(invalid_field(format!(
            "workflow.{name}: must be a string of at most {MAX_NAME_BYTES} bytes"
        ))),
    }
}

fn is_object(value: &RawValue) -> bool {
    value.get().starts_with('{')
}

fn parse<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

fn invalid_field(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidField, message)
}
