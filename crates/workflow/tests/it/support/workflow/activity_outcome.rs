//! Workflows of activities: with callbacks, concurrent, and failing.

use fast_temporal_workflow::prelude::*;
use serde::{Deserialize, Serialize};

use crate::support::activity::Activities;

#[derive(Serialize, Deserialize)]
pub(crate) struct Input {
    name: String,
    status: String,
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Callback;

#[fast_temporal_workflow::workflow_methods]
impl Callback {
    #[run(name = "Callback")]
    pub(crate) async fn run(
        ctx: &mut WorkflowContext<Self>,
        input: Input,
    ) -> WorkflowResult<Value> {
        let Input { name, status } = input;
        let greeting: Option<String> = ctx
            .schedule_activity("greet")
            .arg(&name)
            .summary("say hello")
            .callback(|ctx, greeting: String| async move {
                let loud = greeting.to_uppercase();
                ctx.set_workflow_result(&json!({ "loud": loud }), status);
                Ok(loud)
            })
            .await;
        assert_eq!(greeting, Some(format!("Hello, {name}!")));
        ctx.finish().await
    }
}

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

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Unhandled;

#[fast_temporal_workflow::workflow_methods]
impl Unhandled {
    #[run(name = "Unhandled")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        let result = ctx.schedule_activity("reject").arg(&"no funds").await;
        assert_eq!(result, None);
        ctx.finish().await
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub(crate) struct Handled;

#[fast_temporal_workflow::workflow_methods]
impl Handled {
    #[run(name = "Handled")]
    pub(crate) async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        let error = ctx.schedule_activity("reject").arg(&"first").result().await;
        ctx.set_state("first", &error.unwrap_err().to_string());
        ctx.schedule_activity("reject")
            .arg(&"second")
            .attempts(2)
            .await;
        ctx.finish().await
    }

    #[on_activity_error]
    async fn handle_activity_error(ctx: &mut WorkflowContext<Self>, failure: ActivityFailure) {
        let first: Option<String> = ctx.get_state("first");
        let handled = json!({
            "first": first,
            "handled": failure.to_string(),
            "type": failure.type_name(),
        });
        ctx.set_workflow_result(&handled, "Failed");
    }
}
