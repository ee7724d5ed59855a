//! The workflow: three activities, one after the other.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_common::{RetryPolicy, data_converters::RawValue};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, SyncWorkflowContext, WorkflowContext, WorkflowResult,
};

use crate::{Analysis, Documents, Request, Transformed, Written};

/// The limit on one attempt at an activity. Each does its work in milliseconds.
const ATTEMPT: Duration = Duration::from_secs(10);
/// How often an activity is tried: a full disk may be emptied meanwhile.
const ATTEMPTS: u32 = 3;

/// What the workflow returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Figures about the text that came.
    pub analysis: Analysis,
    /// What became of it.
    pub text: String,
    /// The instruction as it was understood.
    pub instruction: String,
    /// The file that it was written to.
    pub path: String,
    /// The file's length.
    pub bytes: usize,
}

/// Analyses a text, transforms it and writes it to a file.
#[workflow]
#[derive(Default)]
pub struct DocumentWorkflow {
    request: Option<Value>,
}

#[workflow_methods]
impl DocumentWorkflow {
    /// Waits for the request, unless it came as the workflow's argument, and carries it out.
    /// Takes any arguments: with a fixed type, a wrong one would not fail the workflow but its
    /// task, again and again.
    #[run(name = "DocumentWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, args: RawValue) -> WorkflowResult<Report> {
        if let Some(payload) = args.payloads.first() {
            let request = serde_json::from_slice(&payload.data).unwrap_or(Value::Null);
            ctx.state_mut(|state| state.request = Some(request));
        }
        ctx.wait_condition(|state| state.request.is_some()).await?;
        let request = ctx.state(|state| state.request.clone().unwrap_or_default());
        let request = Request::try_from(&request).map_err(|error| {
            ApplicationFailure::builder(error)
                .type_name("InvalidRequest".to_owned())
                .non_retryable(true)
                .build()
        })?;
        let analysis = ctx
            .execute_activity(
                Documents::analyze_text,
                request.text.clone(),
                options("Count what is in the text"),
            )
            .await?;
        let summary = format!(
            "Transform: {}",
            request.instruction.chars().take(60).collect::<String>()
        );
        let Transformed { instruction, text } = ctx
            .execute_activity(Documents::transform_text, request, options(&summary))
            .await?;
        let Written { path, bytes } = ctx
            .execute_activity(
                Documents::write_document,
                text.clone(),
                options("Write the result to a file"),
            )
            .await?;
        Ok(Report {
            analysis,
            text,
            instruction,
            path,
            bytes,
        })
    }

    /// Brings the request: `{"text": "…", "instruction": "…"}`. The first one counts.
    #[signal(name = "handle_document")]
    pub fn handle_document(&mut self, _ctx: &mut SyncWorkflowContext<Self>, request: Value) {
        self.request.get_or_insert(request);
    }
}

fn options(summary: &str) -> ActivityOptions {
    ActivityOptions::with_start_to_close_timeout(ATTEMPT)
        .retry_policy(RetryPolicy::builder().maximum_attempts(ATTEMPTS).build())
        .summary(summary.to_owned())
        .build()
}
