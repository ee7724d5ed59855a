use fast_temporal_workflow_macros::workflow_methods;

#[workflow_methods]
impl Default for Review {
    fn default() -> Self {
        Review {}
    }
}

fn main() {}
