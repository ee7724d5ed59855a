use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Review {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        Ok(())
    }

    #[on_activity_error]
    async fn without_failure(ctx: &mut WorkflowContext<Self>) {}

    #[on_cancel]
    fn not_async(ctx: &mut WorkflowContext<Self>) {}

    #[on_cancel]
    async fn first(ctx: &mut WorkflowContext<Self>) {}

    #[on_cancel]
    async fn second(ctx: &mut WorkflowContext<Self>) {}
}

fn main() {}
