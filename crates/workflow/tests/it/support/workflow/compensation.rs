//! Compensations that run in reverse order.

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Saga;

#[fast_temporal_workflow::workflow_methods]
impl Saga {
    #[run(name = "Saga")]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        refuse: bool,
    ) -> WorkflowResult<Value> {
        for step in ["flight", "hotel", "car"] {
            ctx.on_failure(move |ctx| async move {
                if step == "hotel" {
                    // A failed compensation does not prevent the others.
                    ctx.schedule_activity("refuse").arg(&step).result().await?;
                }
                let undo = format!("cancel {step}");
                ctx.schedule_activity("note").arg(&undo).result().await?;
                Ok(())
            });
            let book = format!("book {step}");
            ctx.schedule_activity("note").arg(&book).result().await?;
        }
        if refuse {
            ctx.schedule_activity("refuse")
                .arg(&"no funds")
                .result()
                .await?;
        }
        Ok(json!("booked"))
    }
}
