use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Review {
    #[run]
    async fn run(&mut self, ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        Ok(())
    }
}

fn main() {}
