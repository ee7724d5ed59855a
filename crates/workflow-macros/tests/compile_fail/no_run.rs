use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Review {
    #[signal]
    fn start(&mut self, ctx: &mut SyncWorkflowContext<Self>) {}
}

fn main() {}
