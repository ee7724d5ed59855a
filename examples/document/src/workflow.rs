//! The workflow: generates the content, writes it to a file, and makes an audio file of it.
#![expect(clippy::unused_async, reason = "the workflow macro takes async hooks")]

use std::time::Duration;

use fast_temporal_workflow::{ActivityFailure, prelude::*};
use serde::{Deserialize, Serialize};
use temporalio_common::data_converters::RawValue;

use crate::{
    Activities, Audio, Generated, Request, Step, Written,
    activity::{Generate, HEARTBEAT_TIMEOUT, Speak, Write},
};

/// The time limit on one attempt at generating: small models on small machines take minutes.
const GENERATE_TIMEOUT: Duration = Duration::from_mins(15);
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
const SPEAK_TIMEOUT: Duration = Duration::from_mins(5);
/// The number of attempts at each activity. An error that a retry does not fix ends them.
const ATTEMPTS: u32 = 3;
/// The length of an instruction in Temporal's UI, in characters.
const SUMMARY_CHARACTERS: usize = 60;

/// The workflow's result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The generated text, its author and a note about it.
    #[serde(flatten)]
    pub generated: Generated,
    /// The file that contains the text.
    #[serde(flatten)]
    pub written: Written,
    /// The audio file, unless that step failed.
    pub audio: Option<Audio>,
    /// The failed step that the document does without.
    pub failed: Option<FailedStep>,
}

/// A failed step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedStep {
    /// The activity.
    pub activity: String,
    /// The failure's type.
    pub r#type: String,
    /// The failure's message.
    pub message: String,
}

/// Turns a text into another text and into speech.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct DocumentWorkflow {
    request: Option<Value>,
    failed: Option<FailedStep>,
}

#[fast_temporal_workflow::workflow_methods]
impl DocumentWorkflow {
    /// Waits for the request, unless it is the workflow's argument, and carries it out. The
    /// argument has no fixed type: an argument of another type would fail the workflow task over
    /// and over, instead of the workflow.
    #[run(name = "DocumentWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, args: RawValue) -> WorkflowResult<Report> {
        if let Some(payload) = args.payloads.first() {
            let request = serde_json::from_slice(&payload.data).unwrap_or(Value::Null);
            ctx.state_mut(|state| state.request = Some(request));
        }
        ctx.wait_condition(|state| state.request.is_some()).await?;
        let request = ctx.state(|state| state.request.clone().unwrap_or_default());
        let request = Request::parse(request).map_err(|error| {
            ApplicationFailure::builder(error)
                .type_name("InvalidRequest".to_owned())
                .non_retryable(true)
                .build()
        })?;
        make_document(ctx, request).await;
        ctx.finish().await
    }

    /// Receives the request. The first one counts.
    #[signal(name = "handle_document")]
    pub fn handle_document(&mut self, _ctx: &mut SyncWorkflowContext<Self>, request: Value) {
        self.request.get_or_insert(request);
    }

    /// Handles a failure of `make_audio`: the document is complete without sound. Every other
    /// failure fails the workflow.
    #[on_activity_error]
    async fn on_activity_error(
        ctx: &mut WorkflowContext<Self>,
        failure: ActivityFailure,
    ) -> WorkflowResult<()> {
        if failure.activity != Activities::make_audio.name() {
            return Err(failure.into());
        }
        let failed = FailedStep {
            r#type: failure.type_name().unwrap_or_default().to_owned(),
            message: failure.reason.to_string(),
            activity: failure.activity,
        };
        ctx.state_mut(|state| state.failed = Some(failed));
        Ok(())
    }
}

/// Runs the three activities and sets the workflow's result. Returns `None` after a failure that
/// fails the workflow.
async fn make_document(ctx: &WorkflowContext<DocumentWorkflow>, request: Request) -> Option<()> {
    let file = request.file().to_owned();

    ctx.report("Generating the content", 0.0);
    let summary: String = request
        .instruction
        .chars()
        .take(SUMMARY_CHARACTERS)
        .collect();
    let input = Generate {
        text: request.text,
        instruction: request.instruction,
        fail: request.fail == Some(Step::Generate),
    };
    let generated: Generated = ctx
        .schedule_typed(Activities::generate_content, input)
        .start_to_close_timeout(GENERATE_TIMEOUT)
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .attempts(ATTEMPTS)
        .summary(summary)
        .await?;

    ctx.report("Writing the file", 0.6);
    let input = Write {
        file: file.clone(),
        text: generated.text.clone(),
    };
    let written: Written = ctx
        .schedule_typed(Activities::write_document, input)
        .start_to_close_timeout(WRITE_TIMEOUT)
        .attempts(ATTEMPTS)
        .summary(format!("Write {file}"))
        .await?;

    ctx.report("Speaking the text", 0.7);
    let summary = format!("Speak {file}");
    let input = Speak {
        file,
        text: generated.text.clone(),
        fail: request.fail == Some(Step::Speak),
    };
    let report = Report {
        generated,
        written,
        audio: None,
        failed: None,
    };
    // The callback of the last activity sets the workflow's result, unless the activity fails.
    let with_audio = report.clone();
    let spoken = ctx
        .schedule_typed(Activities::make_audio, input)
        .start_to_close_timeout(SPEAK_TIMEOUT)
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .attempts(ATTEMPTS)
        .summary(summary)
        .callback(|ctx, audio: Audio| async move {
            ctx.report("Done", 1.0);
            let audio = Some(audio);
            ctx.set_result(&Report {
                audio,
                ..with_audio
            });
            Ok(())
        })
        .await;
    if spoken.is_none() {
        ctx.report("Done", 1.0);
        let failed = ctx.state(|state| state.failed.clone());
        ctx.set_result(&Report { failed, ..report });
    }
    Some(())
}
