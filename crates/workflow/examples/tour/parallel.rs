//! Concurrent activities, each with its own id.
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
    #[activity(name = "count_words")]
    async fn count_words(_ctx: ActivityContext, text: String) -> Result<usize, ActivityError> {
        Ok(text.split_whitespace().count())
    }
}

#[fast_temporal_workflow::workflow]
#[derive(Default)]
struct CountWords;

#[fast_temporal_workflow::workflow_methods]
impl CountWords {
    #[run(name = "CountWords")]
    async fn run(ctx: &mut WorkflowContext<Self>, texts: Vec<String>) -> WorkflowResult<usize> {
        let count = |text| {
            ctx.schedule_typed(Activities::count_words, text)
                .attempts(3)
        };
        let counts = join_all(texts.into_iter().map(|text| count(text).result())).await;
        let mut sum = 0;
        for count in counts {
            sum += count?;
        }
        Ok(sum)
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let client = worker::connect().await?;
    let options = WorkerOptions::new("word-counts")
        .register_activities(Activities)
        .register_workflow::<CountWords>()?
        .build();
    let texts = ["to be or not to be", "that is the question"].map(str::to_owned);
    let sum = worker::run(&client, options, CountWords::run, texts.to_vec()).await?;
    println!("{sum} words");
    Ok(())
}
