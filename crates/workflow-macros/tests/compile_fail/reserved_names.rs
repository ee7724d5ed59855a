use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Review {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        Ok(())
    }

    #[query]
    fn get_current_activity(&self, ctx: &WorkflowContextView) -> String {
        String::new()
    }

    #[query(name = "get_activities")]
    fn mine(&self, ctx: &WorkflowContextView) -> String {
        String::new()
    }

    #[signal(name = "__temporal_workflow_stream_publish")]
    fn publish(&mut self, ctx: &mut SyncWorkflowContext<Self>) {}

    fn __ft_run() {}
}

fn main() {}
