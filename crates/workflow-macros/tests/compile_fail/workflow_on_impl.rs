use fast_temporal_workflow_macros::workflow;

#[workflow]
impl Review {}

fn main() {}
