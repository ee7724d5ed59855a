//! Events: what happened to a workflow, as clients receive it.

/// Defines the structs of events of one kind: the fields that all of them have, those of each event, and
/// the summary.
macro_rules! event_structs {
    (@struct
        { $($(#[$common_attribute:meta])* $common:ident: $common_type:ty,)* }
        $(#[$doc:meta])+
        $name:ident { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }
    ) => {
        $(#[$doc])+
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            $($(#[$common_attribute])* pub $common: $common_type,)*
            $($(#[$attribute])* pub $field: $type,)*
            /// The label that the workflow's code gave it (`summary` in the user metadata).
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub summary: Option<String>,
        }
    };
    ($common:tt $($(#[$doc:meta])+ $name:ident $fields:tt)+) => {
        $(event_structs!(@struct $common $(#[$doc])+ $name $fields);)+
    };
}

mod activity;
mod child;
mod hide;
mod nexus;
mod signal;
mod status;
mod timer;
mod wire;
mod workflow;

use jiff::Timestamp;

pub use self::{
    activity::{
        ActivityCanceled, ActivityCompleted, ActivityFailed, ActivityScheduled, ActivityTimedOut,
        LocalActivityCompleted, LocalActivityFailed,
    },
    child::{
        ChildCanceled, ChildCompleted, ChildFailed, ChildStarted, ChildTerminated, ChildTimedOut,
    },
    nexus::{
        NexusCanceled, NexusCompleted, NexusFailed, NexusScheduled, NexusStarted, NexusTimedOut,
    },
    signal::{SignalReceived, UpdateAccepted, UpdateCompleted, UpdateRejected},
    status::{Status, StreamItem},
    timer::{TimerCanceled, TimerFired, TimerStarted},
    workflow::{
        ParentWorkflow, WorkflowCanceled, WorkflowCompleted, WorkflowContinuedAsNew,
        WorkflowFailed, WorkflowReset, WorkflowStarted, WorkflowTaskFailed, WorkflowTerminated,
        WorkflowTimedOut,
    },
};
use crate::{Cursor, Json};

/// One event of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its position: a client that resumes after this cursor receives what follows. Contains the
    /// workflow id and the run id.
    pub cursor: Cursor,
    /// When Temporal recorded the event.
    pub time: Timestamp,
    /// The event's type and the data of that type.
    pub data: EventData,
    /// Whether this is the feed's last event.
    pub end: bool,
}

/// The data of an event type that this version does not know, unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownData {
    /// The type's wire name.
    pub type_name: String,
    /// The data.
    pub data: Json,
}

/// Defines the enum of all event types and their wire names, with reading and writing.
macro_rules! event_types {
    ($($variant:ident($data:ty) = $name:literal,)*) => {
        /// An event's type and the data of that type.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum EventData {
            $(#[doc = concat!("`", $name, "`")] $variant($data),)*
            /// A type that this version does not know. Clients ignore it.
            Unknown(UnknownData),
        }

        impl EventData {
            /// The wire names of all types, in the order of the documentation.
            pub const TYPES: &[&str] = &[$($name),*];

            /// Returns the type's wire name, such as `activity.completed`.
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
                        data: Json::from_text(data.get().to_owned())?,
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
