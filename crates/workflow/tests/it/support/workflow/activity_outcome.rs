//! An activity with a callback that sets the result.

use fast_temporal_workflow::prelude::*;
use serde::{Deserialize, Serialize};

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
