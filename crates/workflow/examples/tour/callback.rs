//! An activity whose callback sets the workflow's result.

use fast_temporal_workflow::prelude::*;

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "greet")]
    async fn greet(_ctx: ActivityContext, name: String) -> Result<String, ActivityError> {
        Ok(format!("Hello, {name}!"))
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct Greeting;

#[fast_temporal_workflow::workflow_methods]
impl Greeting {
    #[run(name = "Greeting")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<Value> {
        ctx.schedule_typed(Activities::greet, name)
            .callback(|ctx, greeting: String| async move {
                let letters = greeting.chars().count();
                ctx.set_result(&json!({ "greeting": greeting, "letters": letters }));
                Ok(letters)
            })
            .await;
        ctx.finish().await
    }
}
