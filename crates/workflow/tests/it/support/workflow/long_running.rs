//! Workflows that continue as new.

use fast_temporal_workflow::prelude::*;

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Chain;

#[fast_temporal_workflow::workflow_methods]
impl Chain {
    #[run(name = "Chain")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, round: u32) -> WorkflowResult<Value> {
        let mut ids: Vec<String> = ctx.get_state("ids").unwrap_or_default();
        ctx.schedule_activity("greet").arg(&round.to_string()).await;
        ids.extend(ctx.activities().into_iter().map(|view| view.activity_id));
        ctx.set_state("ids", &ids);
        if round < 2 {
            ctx.report(format!("round {round} is over"), None);
            let next = ctx.continue_as_new_with_state(round + 1, ContinueAsNewOptions::default());
            match next.await? {}
        }
        Ok(json!(ids))
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Suggested;

#[fast_temporal_workflow::workflow_methods]
impl Suggested {
    #[run(name = "Suggested")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, rounds: u32) -> WorkflowResult<Value> {
        let mut done: u32 = ctx.get_state("done").unwrap_or_default();
        while done < rounds {
            ctx.schedule_activity("greet").arg(&done.to_string()).await;
            done += 1;
            ctx.set_state("done", &done);
            ctx.continue_as_new_if_suggested(rounds).await?;
        }
        Ok(json!({"done": done, "in_this_run": ctx.activities().len()}))
    }
}
