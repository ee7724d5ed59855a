use fast_temporal_workflow_macros::workflow;

#[workflow(name = "Review")]
struct Review {}

fn main() {}
