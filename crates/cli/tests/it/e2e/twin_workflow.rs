//! The workflows of `tests/python/seed_worker.py` in Rust, with the same names.
#![expect(
    dead_code,
    clippy::unused_async,
    reason = "activities are named by strings here, and the SDK's macro wants async functions"
)]

use fast_temporal_workflow::prelude::*;
use temporalio_sdk::WorkerOptions;

/// Registers all workflows.
pub fn register(options: &mut WorkerOptions) {
    options
        .register_workflow::<TestWorkflow>()
        .and_then(|options| options.register_workflow::<HandledFailureWorkflow>())
        .and_then(|options| options.register_workflow::<SilentWorkflow>())
        .and_then(|options| options.register_workflow::<FailingWorkflow>())
        .and_then(|options| options.register_workflow::<StepsWorkflow>())
        .expect("workflows with unique names");
}

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "generate_content")]
    pub async fn generate_content(
        _ctx: ActivityContext,
        data: Value,
    ) -> Result<String, ActivityError> {
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        Ok(format!(
            "{}, written for {}",
            text("prompt"),
            text("user_id")
        ))
    }

    #[activity(name = "write_file")]
    pub async fn write_file(
        _ctx: ActivityContext,
        content: String,
    ) -> Result<Value, ActivityError> {
        Ok(json!({"path": "story.txt", "content": content}))
    }

    #[activity(name = "create_audio")]
    pub async fn create_audio(
        _ctx: ActivityContext,
        written: Value,
    ) -> Result<Value, ActivityError> {
        let path = written["path"].as_str().unwrap_or_default();
        Ok(json!({"audio": path.replace(".txt", ".mp3"), "text": written["content"]}))
    }

    #[activity(name = "break_down")]
    pub async fn break_down(_ctx: ActivityContext, data: Value) -> Result<(), ActivityError> {
        let failure = ApplicationFailure::builder(format!("no luck with {}", data["prompt"]));
        Err(failure.non_retryable(true).build().into())
    }

    #[activity(name = "process_data")]
    pub async fn process_data(_ctx: ActivityContext, data: Value) -> Result<Value, ActivityError> {
        Ok(json!({"processed": data}))
    }

    #[activity(name = "echo one")]
    pub async fn echo_one(_ctx: ActivityContext, data: Value) -> Result<Value, ActivityError> {
        Ok(data)
    }

    #[activity(name = "echo two")]
    pub async fn echo_two(_ctx: ActivityContext, data: Value) -> Result<Value, ActivityError> {
        Ok(data)
    }
}

/// Three activities. The callback of each schedules the next one, and the last one sets the result.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct TestWorkflow;

#[fast_temporal_workflow::workflow_methods]
impl TestWorkflow {
    #[run(name = "TestWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        ctx.finish().await
    }

    #[signal(name = "handle_llm_request")]
    async fn handle_llm_request(ctx: &mut WorkflowContext<Self>, data: Value) {
        ctx.schedule_activity("generate_content")
            .arg(&data)
            .callback(|ctx, content: String| async move {
                ctx.schedule_activity("write_file")
                    .arg(&content)
                    .callback(|ctx, written: Value| async move {
                        ctx.schedule_activity("create_audio")
                            .arg(&written)
                            .callback(|ctx, audio: Value| async move {
                                ctx.set_result(&audio);
                                Ok(audio)
                            })
                            .await;
                        Ok(written)
                    })
                    .await;
                Ok(content)
            })
            .await;
    }
}

/// An activity fails, and the workflow completes.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct HandledFailureWorkflow;

#[fast_temporal_workflow::workflow_methods]
impl HandledFailureWorkflow {
    #[run(name = "HandledFailureWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        ctx.finish().await
    }

    #[signal(name = "handle_llm_request")]
    async fn handle_llm_request(ctx: &mut WorkflowContext<Self>, data: Value) {
        ctx.schedule_activity("generate_content")
            .arg(&data)
            .callback(|ctx, content: String| async move {
                ctx.schedule_activity("break_down").arg(&data).await;
                Ok(content)
            })
            .await;
    }

    #[on_activity_error]
    async fn handle_activity_error(ctx: &mut WorkflowContext<Self>, failure: ActivityFailure) {
        ctx.set_workflow_result(&json!({"gave_up": failure.activity}), "Failed");
    }
}

/// `run` returns nothing, so the result is that of the last callback.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct SilentWorkflow;

#[fast_temporal_workflow::workflow_methods]
impl SilentWorkflow {
    #[run(name = "SilentWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.finish::<Value>().await?;
        Ok(())
    }

    #[signal(name = "handle_llm_request")]
    async fn handle_llm_request(ctx: &mut WorkflowContext<Self>, data: Value) {
        ctx.schedule_activity("process_data")
            .arg(&data)
            .callback(|ctx, result: Value| async move {
                let processed = json!({"done": result});
                ctx.set_result(&processed);
                Ok(processed)
            })
            .await;
    }
}

/// The workflow fails.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct FailingWorkflow {
    name: Option<String>,
}

#[fast_temporal_workflow::workflow_methods]
impl FailingWorkflow {
    #[run(name = "FailingWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.wait_condition(|state| state.name.is_some()).await?;
        let name = ctx.state(|state| state.name.clone()).unwrap_or_default();
        Err(
            ApplicationFailure::builder(format!("no workflow for {name}"))
                .build()
                .into(),
        )
    }

    #[signal(name = "handle_llm_request")]
    fn handle_llm_request(&mut self, _ctx: &mut SyncWorkflowContext<Self>, data: String) {
        self.name = Some(data);
    }
}

/// Runs an activity for each name in its input, and collects the results.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct StepsWorkflow;

#[fast_temporal_workflow::workflow_methods]
impl StepsWorkflow {
    #[run(name = "StepsWorkflow")]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        ctx.finish().await
    }

    #[signal(name = "handle_llm_request")]
    async fn handle_llm_request(ctx: &mut WorkflowContext<Self>, data: Value) {
        let steps: Vec<String> = serde_json::from_value(data["steps"].clone()).unwrap_or_default();
        for step in &steps {
            let result = ctx.schedule_activity(step).arg(&data["arg"]).await;
            ctx.set_state(step, &result);
        }
        let results: Vec<Value> = steps
            .iter()
            .filter_map(|step| ctx.get_state(step))
            .collect();
        ctx.set_result(&json!({"results": results}));
    }
}
