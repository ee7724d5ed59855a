//! Workflows that undo what they did.

use std::time::Duration;

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Saga;

#[fast_temporal_workflow::workflow_methods]
impl Saga {
    #[run(name = "Saga")]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        must_fail: bool,
    ) -> WorkflowResult<Value> {
        for step in ["flight", "hotel", "car"] {
            ctx.on_failure(move |ctx| async move {
                if step == "hotel" {
                    // A failed compensation does not prevent the others.
                    ctx.schedule_activity("reject").arg(&step).result().await?;
                }
                let undo = format!("cancel {step}");
                ctx.schedule_activity("note").arg(&undo).result().await?;
                Ok(())
            });
            let book = format!("book {step}");
            ctx.schedule_activity("note").arg(&book).result().await?;
        }
        if must_fail {
            ctx.schedule_activity("reject")
                .arg(&"no funds")
                .result()
                .await?;
        }
        Ok(json!("booked"))
    }
}

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
