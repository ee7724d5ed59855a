//! Frames to seed clients.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ErrorBody, ErrorCode, EventData, Json, event::Event};

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
