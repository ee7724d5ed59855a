//! Hiding payloads from principals without the permission `payloads`.
//!
//! Arguments, intermediate results and details are hidden. Visible are what the workflow publishes
//! itself (`status`, `stream.item`), the result of the feed's last run, and the message, kind and
//! type of every failure.

use std::mem;

use super::{Event, EventData};
use crate::{Failure, Json, v1::PendingActivity};

impl Event {
    /// Returns the event with `{"hidden": true}` in place of each payload, or `None` if it has
    /// nothing to hide.
    pub fn without_payloads(&self) -> Option<Self> {
        let mut event = self.clone();
        event.data.hide_payloads(self.end).then_some(event)
    }
}

impl EventData {
    /// Returns whether anything changed. `end` is true for the feed's last event.
    fn hide_payloads(&mut self, end: bool) -> bool {
        match self {
            Self::WorkflowStarted(data) => all(&mut data.input),
            Self::WorkflowContinuedAsNew(data) => all(&mut data.input),
            // If another run follows, this is an intermediate result.
            Self::WorkflowCompleted(data) => !end && one(&mut data.result),
            Self::WorkflowFailed(data) => data.failure.hide_payloads(),
            Self::WorkflowCanceled(data) => all(&mut data.details),
            Self::WorkflowTerminated(data) => all(&mut data.details),
            Self::WorkflowTaskFailed(data) => in_failure(data.failure.as_mut()),
            Self::ActivityScheduled(data) => all(&mut data.input),
            Self::ActivityCompleted(data) => one(&mut data.result),
            Self::ActivityFailed(data) => data.failure.hide_payloads(),
            Self::ActivityTimedOut(data) => data.failure.hide_payloads(),
            Self::ActivityCanceled(data) => all(&mut data.details),
            Self::ChildCompleted(data) => one(&mut data.result),
            Self::ChildFailed(data) => data.failure.hide_payloads(),
            Self::ChildCanceled(data) => all(&mut data.details),
            Self::NexusScheduled(data) => one(&mut data.input),
            Self::NexusCompleted(data) => one(&mut data.result),
            Self::NexusFailed(data) => data.failure.hide_payloads(),
            Self::NexusCanceled(data) => data.failure.hide_payloads(),
            Self::NexusTimedOut(data) => data.failure.hide_payloads(),
            Self::LocalActivityCompleted(data) => one(&mut data.result),
            Self::LocalActivityFailed(data) => data.failure.hide_payloads(),
            Self::SignalReceived(data) => all(&mut data.input),
            Self::UpdateAccepted(data) => all(&mut data.input),
            Self::UpdateCompleted(data) => {
                let result = data.result.as_mut().is_some_and(one);
                in_failure(data.failure.as_mut()) | result
            }
            Self::UpdateRejected(data) => data.failure.hide_payloads(),
            // Its content is not known, so all of it is hidden.
            Self::Unknown(unknown) => one(&mut unknown.data),
            Self::WorkflowTimedOut(_)
            | Self::WorkflowReset(_)
            | Self::TimerStarted(_)
            | Self::TimerFired(_)
            | Self::TimerCanceled(_)
            | Self::ChildStarted(_)
            | Self::ChildTerminated(_)
            | Self::ChildTimedOut(_)
            | Self::NexusStarted(_)
            | Self::Status(_)
            | Self::StreamItem(_) => false,
        }
    }
}

impl Failure {
    /// Replaces the details of the failure and of its causes with `{"hidden": true}`. Returns whether
    /// anything changed.
    pub fn hide_payloads(&mut self) -> bool {
        let mut changed = false;
        let mut next = Some(self);
        while let Some(failure) = next {
            changed |= all(&mut failure.details);
            next = failure.cause.as_deref_mut();
        }
        changed
    }
}

impl PendingActivity {
    /// Replaces the heartbeat details and the details of the last failure with `{"hidden": true}`.
    /// Returns whether anything changed.
    pub fn hide_payloads(&mut self) -> bool {
        in_failure(self.last_failure.as_mut()) | all(&mut self.heartbeat_details)
    }
}

fn in_failure(failure: Option<&mut Failure>) -> bool {
    failure.is_some_and(Failure::hide_payloads)
}

fn all(payloads: &mut [Json]) -> bool {
    let mut changed = false;
    for payload in payloads {
        changed |= one(payload);
    }
    changed
}

fn one(payload: &mut Json) -> bool {
    let hidden = Json::hidden();
    let before = mem::replace(payload, hidden);
    before != *payload
}
