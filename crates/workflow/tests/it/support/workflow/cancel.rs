//! A workflow that is cancelled while an activity runs.

use std::time::Duration;

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Cancel;

#[fast_temporal_workflow::workflow_methods]
impl Cancel {
    #[run(name = "Cancel")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        ctx.on_failure(|ctx| async move {
            ctx.schedule_activity("note")
                .arg(&"undone")
                .result()
                .await?;
            Ok(())
        });
        ctx.schedule_activity("linger")
            .heartbeat_timeout(Duration::from_secs(2))
            .await;
        ctx.finish().await
    }

    #[on_cancel]
    async fn clean_up(ctx: &mut WorkflowContext<Self>, reason: Option<String>) {
        let text = format!("cancelled: {}", reason.unwrap_or_default());
        ctx.schedule_activity("note").arg(&text).await;
    }
}
