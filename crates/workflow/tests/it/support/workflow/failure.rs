//! A failing activity, with and without a hook.

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Unhandled;

#[fast_temporal_workflow::workflow_methods]
impl Unhandled {
    #[run(name = "Unhandled")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        let result = ctx.schedule_activity("refuse").arg(&"no funds").await;
        assert_eq!(result, None);
        ctx.finish().await
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Handled;

#[fast_temporal_workflow::workflow_methods]
impl Handled {
    #[run(name = "Handled")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        let error = ctx.schedule_activity("refuse").arg(&"first").result().await;
        ctx.set_state("first", &error.unwrap_err().to_string());
        ctx.schedule_activity("refuse")
            .arg(&"second")
            .attempts(2)
            .await;
        ctx.finish().await
    }

    #[on_activity_error]
    async fn handle_activity_error(ctx: &mut WorkflowContext<Self>, failure: ActivityFailure) {
        let first: Option<String> = ctx.get_state("first");
        let taken = json!({
            "first": first,
            "taken": failure.to_string(),
            "type": failure.type_name(),
        });
        ctx.set_workflow_result(&taken, "Failed");
    }
}
