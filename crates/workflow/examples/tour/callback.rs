//! An activity whose callback sets the workflow's result.
//!
//! Requires a Temporal server at localhost:7233: `temporal server start-dev`.
#![allow(
    clippy::print_stdout,
    clippy::unused_async,
    reason = "an example prints, and the SDK's macros accept only async functions"
)]

#[path = "shared/worker.rs"]
mod worker;

use fast_temporal_workflow::prelude::*;
use temporalio_sdk::WorkerOptions;

struct Activities;

#[activities]
impl Activities {
    #[activity(name = "greet")]
    async fn greet(_ctx: ActivityContext, name: String) -> Result<String, ActivityError> {
        Ok(format!("Hello, {name}!"))
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct Greeting;

#[fast_temporal_workflow::workflow_methods]
impl Greeting {
    #[run(name = "Greeting")]
    async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<Value> {
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = worker::connect().await?;
    let options = WorkerOptions::new("greetings")
        .register_activities(Activities)
        .register_workflow::<Greeting>()?
        .build();
    let result = worker::run(&client, options, Greeting::run, "Ada".to_owned()).await?;
    println!("{result}");
    Ok(())
}
