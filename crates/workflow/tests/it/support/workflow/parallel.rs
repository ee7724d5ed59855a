//! Concurrent activities, by name and by definition.

use fast_temporal_workflow::prelude::*;

use crate::support::activity::Activities;

#[fast_temporal_workflow::workflow]
pub(crate) struct Parallel {
    names: Vec<String>,
}

#[fast_temporal_workflow::workflow_methods]
impl Parallel {
    #[init]
    fn new(_ctx: &WorkflowContextView, names: Vec<String>) -> Self {
        Self { names }
    }

    #[run(name = "Parallel")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        let names = ctx.state(|state| state.names.clone());
        let greet = |name| ctx.schedule_activity("greet").arg(name).returns::<String>();
        let greetings = join_all(names.iter().map(|name| greet(name).run()));
        let sum = ctx.schedule_typed(Activities::add, MultiArgs2(40, 2));
        let (greetings, sum) = join!(greetings, sum.result());
        Ok(json!({ "greetings": greetings, "sum": sum? }))
    }
}
