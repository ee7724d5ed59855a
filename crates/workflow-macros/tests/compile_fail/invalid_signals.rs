use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Review {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        Ok(())
    }

    #[signal]
    fn returns(&mut self, ctx: &mut SyncWorkflowContext<Self>) -> u32 {
        1
    }

    #[signal]
    fn without_self(ctx: &mut SyncWorkflowContext<Self>) {}

    #[signal]
    async fn with_self(&mut self, ctx: &mut WorkflowContext<Self>) {}

    #[signal]
    fn two(&mut self, ctx: &mut SyncWorkflowContext<Self>, a: u32, b: u32) {}

    #[signal]
    fn no_context(&mut self) {}

    #[signal(title = "x")]
    fn titled(&mut self, ctx: &mut SyncWorkflowContext<Self>) {}

    #[signal]
    #[query]
    fn both(&mut self, ctx: &mut SyncWorkflowContext<Self>) {}
}

fn main() {}
