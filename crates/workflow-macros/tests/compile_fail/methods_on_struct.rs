use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
struct Review {}

fn main() {}
