//! The workflow: generates the content, writes it to the file, and makes an audio file of it.
#![expect(clippy::unused_async, reason = "the base's macro takes async hooks")]

use std::time::Duration;

use fast_temporal_workflow::{ActivityFailure, prelude::*};
use temporalio_common::data_converters::RawValue;

use crate::{
    Audio, Failed, Generate, Generated, Generation, MODEL_TASK_QUEUE, Prompt, Report, Request,
    SILENCE, Speak, Speaking, Step, Write, Writing, Written,
};

/// The limit on one attempt at generating: small models on small machines take minutes.
const GENERATE: Duration = Duration::from_mins(15);
/// The limit on one attempt at writing a file.
const WRITE: Duration = Duration::from_secs(10);
/// The limit on one attempt at speaking, fetching a synthesiser included.
const SPEAK: Duration = Duration::from_mins(5);
/// How often each is tried. What no retry can mend says so itself, and is tried once.
const ATTEMPTS: u32 = 3;
/// How much of an instruction the activity's summary shows, in characters.
const SUMMARY: usize = 60;

/// Turns a text file into another one, and into sound.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct DocumentWorkflow {
    request: Option<Value>,
    /// The step that failed and that the document is made without.
    failed: Option<Failed>,
}

#[fast_temporal_workflow::workflow_methods]
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
        make_document(ctx, request).await;
        ctx.finish().await
    }

    /// Brings the request: `{"text": "…", "instruction": "…"}`. The first one counts.
    #[signal(name = "handle_document")]
    pub fn handle_document(&mut self, _ctx: &mut SyncWorkflowContext<Self>, request: Value) {
        self.request.get_or_insert(request);
    }

    /// A document can do without sound: that failure is noted, and the workflow goes on. Any other
    /// one fails the workflow.
    #[on_activity_error]
    async fn on_activity_error(
        ctx: &mut WorkflowContext<Self>,
        failure: ActivityFailure,
    ) -> WorkflowResult<()> {
        if failure.activity != Speaking::make_audio.name() {
            return Err(failure.into());
        }
        let failed = Failed {
            r#type: failure.type_name().unwrap_or_default().to_owned(),
            message: failure.reason.to_string(),
            activity: failure.activity,
        };
        ctx.state_mut(|state| state.failed = Some(failed));
        Ok(())
    }
}

/// The three steps. Where one fails for good that there is no doing without, the next ones are
/// left out, and the workflow's end says why.
async fn make_document(ctx: &WorkflowContext<DocumentWorkflow>, request: Request) -> Option<()> {
    let Request {
        text,
        instruction,
        file,
        fail,
    } = request;

    ctx.report("Generating the content", 0.0);
    let summary: String = instruction.chars().take(SUMMARY).collect();
    let input = Generate {
        prompt: Prompt { text, instruction },
        fail: fail == Some(Step::Generate),
    };
    let Generated { answer, analysis } = ctx
        .schedule_typed(Generation::generate_content, input)
        .task_queue(MODEL_TASK_QUEUE)
        .start_to_close_timeout(GENERATE)
        .heartbeat_timeout(SILENCE)
        .attempts(ATTEMPTS)
        .summary(summary)
        .await?;

    ctx.report("Writing the file", 0.6);
    let input = Write {
        file: file.clone(),
        text: answer.text.clone(),
    };
    let Written { path, bytes } = ctx
        .schedule_typed(Writing::write_document, input)
        .start_to_close_timeout(WRITE)
        .attempts(ATTEMPTS)
        .summary(format!("Write {file}"))
        .await?;

    ctx.report("Speaking the text", 0.7);
    let input = Speak {
        file: file.clone(),
        text: answer.text.clone(),
        fail: fail == Some(Step::Speak),
    };
    let audio: Option<Audio> = ctx
        .schedule_typed(Speaking::make_audio, input)
        .start_to_close_timeout(SPEAK)
        .heartbeat_timeout(SILENCE)
        .attempts(ATTEMPTS)
        .summary(format!("Speak {file}"))
        .await;

    let report = Report {
        text: answer.text,
        model: answer.model,
        note: answer.note,
        analysis,
        path,
        bytes,
        audio,
        failed: ctx.state(|state| state.failed.clone()),
    };
    ctx.report("Done", 1.0);
    ctx.set_result(&report);
    Some(())
}
