use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Review {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) {}
}

fn main() {}
