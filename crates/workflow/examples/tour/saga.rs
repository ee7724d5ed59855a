//! A trip that is booked step by step, and cancelled in reverse order if a step fails.

use fast_temporal_workflow::prelude::*;

pub struct Activities;

#[activities]
impl Activities {
    #[activity(name = "book")]
    async fn book(_ctx: ActivityContext, what: String) -> Result<String, ActivityError> {
        if what == "car" {
            return Err(ApplicationFailure::non_retryable("no cars left").into());
        }
        println!("booked the {what}");
        Ok(format!("{what}-1"))
    }

    #[activity(name = "cancel")]
    async fn cancel(_ctx: ActivityContext, booking: String) -> Result<(), ActivityError> {
        println!("cancelled {booking}");
        Ok(())
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct Trip;

#[fast_temporal_workflow::workflow_methods]
impl Trip {
    #[run(name = "Trip")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, parts: Vec<String>) -> WorkflowResult<Value> {
        let mut bookings = Vec::new();
        for part in parts {
            let booking = ctx.schedule_typed(Activities::book, part).result().await?;
            bookings.push(booking.clone());
            ctx.on_failure(|ctx| async move {
                let cancel = ctx.schedule_typed(Activities::cancel, booking);
                Ok(cancel.attempts(10).result().await?)
            });
        }
        Ok(json!(bookings))
    }
}
