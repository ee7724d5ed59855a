//! A workflow that publishes to the stream of its base.

use fast_temporal_workflow::prelude::*;

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
