//! Lists of workflows.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::parse::NAME;

/// A filter for workflows: those that match all fields, newest start first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ListRequest {
    /// Only workflows with this status.
    pub status: Option<WorkflowStatus>,
    /// Only workflows of this type.
    #[schemars(length(min = 1, max = 1000), regex(pattern = NAME))]
    pub workflow_type: Option<String>,
    /// Only workflows that started at this time or later.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_after: Option<Timestamp>,
    /// Only workflows that started before this time.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_before: Option<Timestamp>,
    /// Only this user's workflows, for principals that can access any workflow. Others always see
    /// their own.
    #[schemars(length(min = 1, max = 256), regex(pattern = NAME))]
    pub owner: Option<String>,
    /// A visibility query in Temporal's language. Needs the permission `visibility_queries`.
    #[schemars(length(min = 1, max = 4096))]
    pub query: Option<String>,
    /// The maximum number of workflows in a page: 1 to 200, by default 50.
    #[schemars(range(min = 1, max = 200))]
    pub page_size: Option<u32>,
    /// The `next_page_token` of the page before. All other fields must be unchanged.
    #[schemars(length(min = 1, max = 8192))]
    pub page_token: Option<String>,
}

/// One page of workflows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowList {
    /// The workflows, newest start first. A page can have fewer than `page_size`, or none.
    pub workflows: Vec<WorkflowSummary>,
    /// The token of the next page; absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
}

/// A workflow in a list. Temporal's visibility lags by about a second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WorkflowSummary {
    /// The workflow id.
    pub workflow_id: String,
    /// The run.
    pub run_id: String,
    /// The workflow type.
    pub workflow_type: String,
    /// The status.
    pub status: WorkflowStatus,
    /// When the run started.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub start_time: Timestamp,
    /// When the run closed, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub close_time: Option<Timestamp>,
}

/// A workflow's status, with Temporal's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorkflowStatus {
    /// The workflow is running.
    Running,
    /// The workflow returned.
    Completed,
    /// The workflow failed.
    Failed,
    /// The workflow was canceled.
    Canceled,
    /// The workflow was terminated.
    Terminated,
    /// The run continued as a new run.
    ContinuedAsNew,
    /// The workflow exceeded its time limit.
    TimedOut,
    /// The workflow is paused.
    Paused,
}

impl WorkflowStatus {
    /// Returns the status's name in Temporal's visibility queries.
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

    /// Returns whether the run is closed.
    pub fn is_closed(self) -> bool {
        !matches!(self, Self::Running | Self::Paused)
    }
}
