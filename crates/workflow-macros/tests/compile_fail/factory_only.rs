use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods(factory_only)]
impl Review {
    #[run]
    async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        Ok(())
    }
}

fn main() {}
