//! Which workflows there are.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NAME;

/// Which workflows to list: those that fit everything that is said, newest start first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListRequest {
    /// Only those that stand so.
    pub status: Option<WorkflowStatus>,
    /// Only those of that type.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub workflow_type: Option<String>,
    /// Only those that were started at that time or later.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_after: Option<Timestamp>,
    /// Only those that were started before that time.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_before: Option<Timestamp>,
    /// Only those of that user, for principals that may see any. Others see their own.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub owner: Option<String>,
    /// A visibility query of the client's own, for principals that may ask one.
    #[schemars(length(min = 1, max = 4096))]
    pub query: Option<String>,
    /// How many there are in a page at most: 1 to 200; 50 where absent.
    #[schemars(range(min = 1, max = 200))]
    pub page_size: Option<u32>,
    /// What the page before gave as `next_page_token`, with everything else as it was.
    #[schemars(length(min = 1, max = 8192))]
    pub page_token: Option<String>,
}

/// One page of workflows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowList {
    /// The workflows, newest start first. A page may have fewer than were asked for, or none.
    pub workflows: Vec<WorkflowSummary>,
    /// Asks for the next page; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// A workflow, as visibility knows it: a second or so behind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowSummary {
    /// The workflow id.
    pub workflow_id: String,
    /// The run.
    pub run_id: String,
    /// The workflow type.
    pub workflow_type: String,
    /// How it stands.
    pub status: WorkflowStatus,
    /// When the run was started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub start_time: Timestamp,
    /// When it ended, where it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub close_time: Option<Timestamp>,
}

/// How a workflow stands, in Temporal's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowStatus {
    /// It is running.
    Running,
    /// It returned.
    Completed,
    /// It failed.
    Failed,
    /// It ended as canceled.
    Canceled,
    /// Somebody ended it.
    Terminated,
    /// The run was followed by another.
    ContinuedAsNew,
    /// It exceeded its time limit.
    TimedOut,
    /// It was paused.
    Paused,
}

impl WorkflowStatus {
    /// The word of Temporal's visibility queries.
    pub fn visibility_name(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Canceled => "Canceled",
            Self::Terminated => "Terminated",
            Self::ContinuedAsNew => "ContinuedAsNew",
            Self::TimedOut => "TimedOut",
            Self::Paused => "Paused",
        }
    }

    /// Whether the run is over.
    pub fn is_closed(self) -> bool {
        !matches!(self, Self::Running | Self::Paused)
    }
}
