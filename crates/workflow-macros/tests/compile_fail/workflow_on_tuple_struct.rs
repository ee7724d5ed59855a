use fast_temporal_workflow_macros::workflow;

#[workflow]
struct Review(String);

fn main() {}
