use fast_temporal_workflow_macros::workflow;

#[workflow]
enum Review {
    Open,
}

fn main() {}
