use fast_temporal_workflow_macros::workflow;

#[workflow]
struct Review<T> {
    text: T,
}

fn main() {}
