//! The workflow that streams: one activity publishes ticks at an even pace, as an activity that calls a
//! language model publishes tokens.

use std::time::Duration;

use fast_temporal_workflow::{
    prelude::*,
    stream::{Publisher, PublisherConfig},
};
use serde::{Deserialize, Serialize};
use tokio::time::{MissedTickBehavior, interval};

use crate::{latency::now_us, tick::Tick};

/// The workflow's type.
pub const STREAM_WORKFLOW: &str = "BenchStream";
/// The signal that starts it.
pub const GO_SIGNAL: &str = "go";
/// The topic of its items.
pub const TOPIC: &str = "tokens";
/// How long the activity can take.
const ACTIVITY_TIMEOUT: Duration = Duration::from_mins(10);

/// What one workflow publishes.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct StreamPlan {
    /// How many items.
    pub items: u32,
    /// The pause between two.
    pub every_us: u64,
    /// The least time between two batches.
    pub batch_ms: u64,
}

/// The workflow.
#[fast_temporal_workflow::workflow]
#[derive(Default)]
pub struct StreamWorkflow {
    started: bool,
    plan: Option<StreamPlan>,
}

#[fast_temporal_workflow::workflow_methods]
impl StreamWorkflow {
    /// Runs one activity that publishes.
    #[run(name = "BenchStream")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value> {
        ctx.wait_condition(|state| state.started && state.plan.is_some())
            .await?;
        ctx.set_complete_workflow(true);
        if let Some(plan) = ctx.state(|state| state.plan) {
            ctx.schedule_typed(StreamActivities::stream, plan)
                .start_to_close_timeout(ACTIVITY_TIMEOUT)
                .await;
        }
        ctx.finish().await
    }

    /// Has no effect: the workflow only has to exist, so that clients can watch it.
    #[signal(name = "start")]
    pub fn start(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _args: Value) {
        self.started = true;
    }

    /// Starts.
    #[signal(name = "go")]
    pub fn go(&mut self, _ctx: &mut SyncWorkflowContext<Self>, plan: StreamPlan) {
        self.plan = Some(plan);
    }
}

/// Its activity.
pub struct StreamActivities;

#[activities]
impl StreamActivities {
    /// Publishes ticks with the times at which they are passed to the publisher.
    #[activity(name = "bench_stream")]
    pub async fn stream(ctx: ActivityContext, plan: StreamPlan) -> Result<(), ActivityError> {
        let config = PublisherConfig {
            batch_interval: Duration::from_millis(plan.batch_ms),
            ..PublisherConfig::default()
        };
        let publisher = Publisher::from_activity(&ctx, config).map_err(anyhow::Error::from)?;
        let mut pace = interval(Duration::from_micros(plan.every_us));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for number in 0..plan.items {
            pace.tick().await;
            let sent_us = now_us();
            let tick = Tick { number, sent_us }.name();
            let published = publisher.publish(TOPIC, &tick).await;
            published.map_err(anyhow::Error::from)?;
        }
        publisher.close().await.map_err(anyhow::Error::from)?;
        Ok(())
    }
}
