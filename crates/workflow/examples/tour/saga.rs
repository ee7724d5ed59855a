//! A trip that is booked step by step, and cancelled in reverse order if a step fails.
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
struct Trip;

#[fast_temporal_workflow::workflow_methods]
impl Trip {
    #[run(name = "Trip")]
    async fn run(ctx: &mut WorkflowContext<Self>, parts: Vec<String>) -> WorkflowResult<Value> {
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

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = worker::connect().await?;
    let options = WorkerOptions::new("trips")
        .register_activities(Activities)
        .register_workflow::<Trip>()?
        .build();
    let parts = ["flight", "hotel", "car"].map(str::to_owned).to_vec();
    let result = worker::run(&client, options, Trip::run, parts).await;
    println!("{result:?}");
    Ok(())
}
