//! What seed clients are sent.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ErrorBody, ErrorCode, EventData, Json, event::Event};

/// One frame: `{"origin":"temporal","message":…,"status":…}`, with `code` on errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeedFrame {
    /// Always `temporal`.
    pub origin: Cow<'static, str>,
    /// `name: Status`, or the workflow's result, or what went wrong.
    pub message: Json,
    /// What kind of frame this is.
    pub status: SeedStatus,
    /// On errors, the stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// The status that a frame reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SeedStatus {
    /// An activity was scheduled.
    Running,
    /// An activity returned.
    Completed,
    /// An activity failed, or, as the workflow's last frame, the workflow did.
    Failed,
    /// The workflow returned; the message is its result.
    Done,
    /// No worker has taken the workflow yet.
    Waiting,
    /// What the client sent was wrong, or could not be carried out.
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

    /// A frame with a text as its message.
    pub fn text(message: &str, status: SeedStatus) -> Self {
        Self::new(Json::from_value(&message).unwrap_or_default(), status)
    }

    /// A transition of an activity: `name: Status`.
    pub fn transition(name: &str, status: SeedStatus) -> Self {
        Self::text(&format!("{name}: {}", status.as_str()), status)
    }

    /// The workflow's last frame where it returned.
    pub fn done(result: Json) -> Self {
        Self::new(result, SeedStatus::Done)
    }

    /// An answer to a bad message, or news of a fault.
    pub fn error(error: &ErrorBody) -> Self {
        Self {
            code: Some(error.code),
            ..Self::text(&error.message, SeedStatus::Error)
        }
    }

    /// The frame as it goes over the wire.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("a frame has string keys only")
    }
}

/// The frame that tells seed clients of an event; `None` for events that this protocol does not
/// tell of. A run that ends while its chain goes on is no end.
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
