//! State that moves to the next run when the workflow continues as new, and progress reports.
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
    #[activity(name = "square")]
    async fn square(_ctx: ActivityContext, number: u64) -> Result<u64, ActivityError> {
        Ok(number * number)
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct SumOfSquares;

#[fast_temporal_workflow::workflow_methods]
impl SumOfSquares {
    #[run(name = "SumOfSquares")]
    async fn run(ctx: &mut WorkflowContext<Self>, last: u32) -> WorkflowResult<u64> {
        let first: u32 = ctx.get_state("next").unwrap_or(1);
        let mut sum: u64 = ctx.get_state("sum").unwrap_or_default();
        for number in first..=last {
            let square = ctx.schedule_typed(Activities::square, number.into());
            sum += square.result().await?;
            ctx.report(
                format!("{number} of {last}"),
                f64::from(number) / f64::from(last),
            );
            ctx.set_state("sum", &sum);
            ctx.set_state("next", &(number + 1));
            // With thousands of numbers the history grows long: a new run continues from the state.
            ctx.continue_as_new_if_suggested(last).await?;
        }
        Ok(sum)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = worker::connect().await?;
    let options = WorkerOptions::new("squares")
        .register_activities(Activities)
        .register_workflow::<SumOfSquares>()?
        .build();
    let sum = worker::run(&client, options, SumOfSquares::run, 10).await?;
    println!("{sum}");
    Ok(())
}
