//! Workflows that continue as new, and workflows that report.

use std::time::Duration;

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

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Streaming;

#[fast_temporal_workflow::workflow_methods]
impl Streaming {
    /// Publishes one item in each of two runs, then waits for the signal `end`.
    #[run(name = "Streaming")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, round: u32) -> WorkflowResult<Value> {
        ctx.publish("rounds", &round)?;
        if round == 0 {
            let next = ctx.continue_as_new_with_state(1, ContinueAsNewOptions::default());
            match next.await? {}
        }
        ctx.finish().await
    }

    #[signal]
    fn end(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.set_workflow_result(&"over", "Done");
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Reports;

#[fast_temporal_workflow::workflow_methods]
impl Reports {
    #[run(name = "Reports")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>, count: u32) -> WorkflowResult<()> {
        for number in 0..count {
            ctx.report(
                format!("step {number}"),
                f64::from(number) / f64::from(count),
            );
            ctx.report_value("number", &number);
            ctx.timer(Duration::from_millis(100)).await;
        }
        ctx.report("all reported", 1.0);
        ctx.report_value("number", &Value::Null);
        Ok(())
    }
}
