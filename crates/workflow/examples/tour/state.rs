//! State that moves to the next run when the workflow continues as new, and progress reports.

use fast_temporal_workflow::prelude::*;

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "square")]
    async fn square(_ctx: ActivityContext, number: u64) -> Result<u64, ActivityError> {
        Ok(number * number)
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct SumOfSquares;

#[fast_temporal_workflow::workflow_methods]
impl SumOfSquares {
    #[run(name = "SumOfSquares")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, last: u32) -> WorkflowResult<u64> {
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
