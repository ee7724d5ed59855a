//! One thing that happened to a workflow, as clients see it.

mod activity;
mod child;
mod hide;
mod local_activity;
mod message;
mod nexus;
mod status;
mod timer;
mod wire;
mod workflow;

use jiff::Timestamp;

pub use self::{
    activity::{
        ActivityCanceled, ActivityCompleted, ActivityFailed, ActivityScheduled, ActivityTimedOut,
    },
    child::{
        ChildCanceled, ChildCompleted, ChildFailed, ChildStarted, ChildTerminated, ChildTimedOut,
    },
    local_activity::{LocalActivityCompleted, LocalActivityFailed},
    message::{SignalReceived, UpdateAccepted, UpdateCompleted, UpdateRejected},
    nexus::{
        NexusCanceled, NexusCompleted, NexusFailed, NexusScheduled, NexusStarted, NexusTimedOut,
    },
    status::{Status, StreamItem},
    timer::{TimerCanceled, TimerFired, TimerStarted},
    wire::UnknownData,
    workflow::{
        ParentWorkflow, WorkflowCanceled, WorkflowCompleted, WorkflowContinuedAsNew,
        WorkflowFailed, WorkflowReset, WorkflowStarted, WorkflowTaskFailed, WorkflowTerminated,
        WorkflowTimedOut,
    },
};
use crate::Cursor;

/// One event of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its place: reading on after this cursor gives what follows. Names the workflow and the run.
    pub cursor: Cursor,
    /// When Temporal recorded it.
    pub time: Timestamp,
    /// Its type and what belongs to that type.
    pub data: EventData,
    /// Whether the feed ends with it.
    pub end: bool,
}

/// Makes the enum of all event types, their names on the wire, and the two directions between.
macro_rules! event_types {
    ($($variant:ident($data:ty) = $name:literal,)*) => {
        /// What happened: the event's type and the data of that type.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum EventData {
            $(#[doc = concat!("`", $name, "`")] $variant($data),)*
            /// A type that this version does not know. Clients ignore it.
            Unknown(UnknownData),
        }

        impl EventData {
            /// Every type's name, in the order of the documentation.
            pub const TYPES: &[&str] = &[$($name),*];

            /// The type's name on the wire, such as `activity.completed`.
            pub fn type_name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $name,)*
                    Self::Unknown(unknown) => &unknown.type_name,
                }
            }

            pub(crate) fn serialize_data<M: serde::ser::SerializeMap>(
                &self,
                map: &mut M,
            ) -> Result<(), M::Error> {
                match self {
                    $(Self::$variant(data) => map.serialize_entry("data", data),)*
                    Self::Unknown(unknown) => map.serialize_entry("data", &unknown.data),
                }
            }

            pub(crate) fn from_parts(
                type_name: String,
                data: &serde_json::value::RawValue,
            ) -> Result<Self, serde_json::Error> {
                Ok(match type_name.as_str() {
                    $($name => Self::$variant(serde_json::from_str(data.get())?),)*
                    _ => Self::Unknown(UnknownData {
                        type_name,
                        data: crate::Json::from_text(data.get().to_owned())?,
                    }),
                })
            }

            pub(crate) fn data_schemas(
                generator: &mut schemars::SchemaGenerator,
            ) -> Vec<(&'static str, schemars::Schema)> {
                vec![$(($name, generator.subschema_for::<$data>())),*]
            }
        }

        $(impl From<$data> for EventData {
            fn from(data: $data) -> Self {
                Self::$variant(data)
            }
        })*
    };
}

event_types! {
    WorkflowStarted(WorkflowStarted) = "workflow.started",
    WorkflowCompleted(WorkflowCompleted) = "workflow.completed",
    WorkflowFailed(WorkflowFailed) = "workflow.failed",
    WorkflowCanceled(WorkflowCanceled) = "workflow.canceled",
    WorkflowTerminated(WorkflowTerminated) = "workflow.terminated",
    WorkflowTimedOut(WorkflowTimedOut) = "workflow.timed_out",
    WorkflowContinuedAsNew(WorkflowContinuedAsNew) = "workflow.continued_as_new",
    WorkflowReset(WorkflowReset) = "workflow.reset",
    WorkflowTaskFailed(WorkflowTaskFailed) = "workflow.task_failed",
    ActivityScheduled(ActivityScheduled) = "activity.scheduled",
    ActivityCompleted(ActivityCompleted) = "activity.completed",
    ActivityFailed(ActivityFailed) = "activity.failed",
    ActivityTimedOut(ActivityTimedOut) = "activity.timed_out",
    ActivityCanceled(ActivityCanceled) = "activity.canceled",
    TimerStarted(TimerStarted) = "timer.started",
    TimerFired(TimerFired) = "timer.fired",
    TimerCanceled(TimerCanceled) = "timer.canceled",
    ChildStarted(ChildStarted) = "child.started",
    ChildCompleted(ChildCompleted) = "child.completed",
    ChildFailed(ChildFailed) = "child.failed",
    ChildCanceled(ChildCanceled) = "child.canceled",
    ChildTerminated(ChildTerminated) = "child.terminated",
    ChildTimedOut(ChildTimedOut) = "child.timed_out",
    NexusScheduled(NexusScheduled) = "nexus.scheduled",
    NexusStarted(NexusStarted) = "nexus.started",
    NexusCompleted(NexusCompleted) = "nexus.completed",
    NexusFailed(NexusFailed) = "nexus.failed",
    NexusCanceled(NexusCanceled) = "nexus.canceled",
    NexusTimedOut(NexusTimedOut) = "nexus.timed_out",
    LocalActivityCompleted(LocalActivityCompleted) = "local_activity.completed",
    LocalActivityFailed(LocalActivityFailed) = "local_activity.failed",
    SignalReceived(SignalReceived) = "signal.received",
    UpdateAccepted(UpdateAccepted) = "update.accepted",
    UpdateCompleted(UpdateCompleted) = "update.completed",
    UpdateRejected(UpdateRejected) = "update.rejected",
    Status(Status) = "status",
    StreamItem(StreamItem) = "stream.item",
}
