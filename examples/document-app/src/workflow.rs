//! The workflow: three activities, one after the other.
#![expect(
    missing_docs,
    reason = "the SDK's macro makes constants that bear no docs"
)]

use std::time::Duration;

use serde_json::Value;
use temporalio_common::{RetryPolicy, data_converters::RawValue};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, SyncWorkflowContext, WorkflowContext, WorkflowResult,
};

use crate::{
    Failed, Generate, Generation, MODEL_TASK_QUEUE, Prompt, Report, Request, Speak, Speaking,
    Step, Write, Writing,
};

const ATTEMPT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;

/// Generates content, writes it to a file and speaks it.
#[workflow]
#[derive(Default)]
pub struct DocumentWorkflow {
    request: Option<Value>,
}

#[workflow_methods]
impl DocumentWorkflow {
    /// Waits for the request, unless it came as the workflow's argument, and carries it out.
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
        let Request {
            text,
            instruction,
            file,
            fail,
        } = request;
        let input = Generate {
            prompt: Prompt { text, instruction },
            fail: fail == Some(Step::Generate),
        };
        let generated = ctx
            .execute_activity(
                Generation::generate_content,
                input,
                ActivityOptions::with_start_to_close_timeout(Duration::from_mins(10))
                    .task_queue(MODEL_TASK_QUEUE.to_owned())
                    .heartbeat_timeout(Duration::from_mins(4))
                    .retry_policy(RetryPolicy::builder().maximum_attempts(ATTEMPTS).build())
                    .build(),
            )
            .await?;
        let write = Write {
            file: file.clone(),
            text: generated.answer.text.clone(),
        };
        let written = ctx
            .execute_activity(Writing::write_document, write, options("Write the file"))
            .await?;
        let speak = Speak {
            file,
            text: generated.answer.text.clone(),
            fail: fail == Some(Step::Speak),
        };
        let options = ActivityOptions::with_start_to_close_timeout(Duration::from_mins(5))
            .retry_policy(RetryPolicy::builder().maximum_attempts(ATTEMPTS).build())
            .build();
        let (audio, failed) = match ctx.execute_activity(Speaking::make_audio, speak, options).await
        {
            Ok(audio) => (Some(audio), None),
            Err(error) => (
                None,
                Some(Failed {
                    activity: "make_audio".to_owned(),
                    r#type: String::new(),
                    message: error.to_string(),
                }),
            ),
        };
        Ok(Report {
            text: generated.answer.text,
            model: generated.answer.model,
            note: generated.answer.note,
            analysis: generated.analysis,
            path: written.path,
            bytes: written.bytes,
            audio,
            failed,
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
