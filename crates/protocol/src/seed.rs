//! The `seed` dialect at `/ws/{user_id}`: the protocol of the Python package `fast-temporal`,
//! release 0.1 (the configured workflow) and releases 0.2 and 0.3 (the message names its workflow).

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    ErrorBody, ErrorCode, Event, EventData, Json, check_argument,
    parse::{MAX_NAME_BYTES, check_object, invalid, parse_required, parse_text},
};

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
    check_object(text)?;
    // A JSON object fails here if it repeats a field, or if a key has an unpaired surrogate.
    let message: Message<'_> =
        serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
    let origin = message
        .origin
        .map(|origin| serde_json::from_str::<String>(origin.get()));
    if matches!(origin, Some(Ok(origin)) if origin == "temporal") {
        return Ok(SeedRequest::Echo);
    }
    Ok(SeedRequest::Start {
        args: message.args.map_or_else(|| Ok(Json::null()), parse_args)?,
        workflow: message.workflow.map(parse_workflow).transpose()?,
    })
}

fn parse_args(value: &RawValue) -> Result<Json, ErrorBody> {
    let args =
        Json::from_text(value.get().to_owned()).map_err(|error| invalid(error.to_string()))?;
    check_argument(&args).map_err(|error| invalid(format!("args: {error}")))?;
    Ok(args)
}

fn parse_workflow(value: &RawValue) -> Result<SeedWorkflow, ErrorBody> {
    if !value.get().starts_with('{') {
        return Err(invalid("workflow: must be an object"));
    }
    let fields: WorkflowFields<'_> =
        serde_json::from_str(value.get()).map_err(|error| invalid(format!("workflow: {error}")))?;
    let required = |name, value| parse_required(name, value, MAX_NAME_BYTES);
    Ok(SeedWorkflow {
        workflow_name: required("workflow.workflow_name", fields.workflow_name)?,
        workflow_task_queue: required("workflow.workflow_task_queue", fields.workflow_task_queue)?,
        start_signal_function: parse_text(
            "workflow.start_signal_function",
            fields.start_signal_function,
            MAX_NAME_BYTES,
        )?,
    })
}

/// One frame: `{"origin":"temporal","message":…,"status":…}`, with `code` on errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedFrame {
    /// Always `temporal`.
    pub origin: Cow<'static, str>,
    /// `name: Status`, the workflow's result, or an error message.
    pub message: Json,
    /// The kind of frame.
    pub status: SeedStatus,
    /// The stable code of an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// The status of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SeedStatus {
    /// An activity was scheduled.
    Running,
    /// An activity returned.
    Completed,
    /// An activity failed or, in the workflow's last frame, the workflow failed.
    Failed,
    /// The workflow returned. The message is its result.
    Done,
    /// No worker has started the workflow yet.
    Waiting,
    /// The client's message is invalid, or the request failed.
    Error,
}

impl SeedStatus {
    fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Done => "Done",
            Self::Waiting => "Waiting",
            Self::Error => "Error",
        }
    }
}

impl SeedFrame {
    fn new(message: Json, status: SeedStatus) -> Self {
        Self {
            origin: Cow::Borrowed("temporal"),
            message,
            status,
            code: None,
        }
    }

    /// Creates a frame whose message is a string.
    pub fn text(message: &str, status: SeedStatus) -> Self {
        Self::new(Json::from_value(&message).unwrap_or_default(), status)
    }

    /// Creates the frame of an activity's transition: `name: Status`.
    pub fn transition(name: &str, status: SeedStatus) -> Self {
        Self::text(&format!("{name}: {}", status.as_str()), status)
    }

    /// Creates the last frame of a workflow that returned.
    pub fn done(result: Json) -> Self {
        Self::new(result, SeedStatus::Done)
    }

    /// Creates the frame of an error.
    pub fn error(error: &ErrorBody) -> Self {
        Self {
            code: Some(error.code),
            ..Self::text(&error.message, SeedStatus::Error)
        }
    }

    /// Returns the frame's text.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("a frame only has string keys")
    }
}

/// Returns an event's frame, or `None` if this protocol has none for it. The end of a run is only
/// the end of the workflow if no other run follows.
pub fn event_frame(event: &Event) -> Option<SeedFrame> {
    use SeedStatus::{Completed, Failed, Running};
    Some(match &event.data {
        EventData::ActivityScheduled(a) => SeedFrame::transition(&a.activity_type, Running),
        EventData::ActivityCompleted(a) => SeedFrame::transition(&a.activity_type, Completed),
        EventData::ActivityFailed(a) => SeedFrame::transition(&a.activity_type, Failed),
        EventData::ActivityTimedOut(a) => SeedFrame::transition(&a.activity_type, Failed),
        EventData::ActivityCanceled(a) => SeedFrame::transition(&a.activity_type, Failed),
        EventData::WorkflowTaskFailed(task) => {
            let why = task
                .failure
                .as_ref()
                .map_or(task.cause.as_str(), |f| f.root_message());
            SeedFrame::error(&ErrorBody::new(
                ErrorCode::WorkflowTaskFailed,
                why.to_owned(),
            ))
        }
        EventData::WorkflowCompleted(w) if event.end => SeedFrame::done(w.result.clone()),
        EventData::WorkflowFailed(w) if event.end => {
            SeedFrame::text(w.failure.root_message(), Failed)
        }
        EventData::WorkflowCanceled(_) if event.end => {
            SeedFrame::text("the workflow was canceled", Failed)
        }
        EventData::WorkflowTerminated(w) if event.end => {
            let text = match w.reason.as_str() {
                "" => "the workflow was terminated".to_owned(),
                reason => format!("the workflow was terminated: {reason}"),
            };
            SeedFrame::text(&text, Failed)
        }
        EventData::WorkflowTimedOut(_) if event.end => {
            SeedFrame::text("the workflow timed out", Failed)
        }
        _ => return None,
    })
}
