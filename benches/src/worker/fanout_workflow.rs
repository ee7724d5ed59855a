//! The workflow that many clients watch. It schedules an activity of the name of each tick that it
//! receives, because clients of both dialects receive that event. No worker runs these activities, so a tick
//! results in one event and one workflow task.

use std::time::Duration;

use serde_json::Value;
use temporalio_common::{UntypedActivity, data_converters::RawValue};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult};

use crate::tick::Tick;

/// The workflow's type.
pub const FANOUT_WORKFLOW: &str = "BenchFanout";
/// The signal that carries a tick.
pub const TICK_SIGNAL: &str = "tick";
/// A task queue that no worker polls.
const IDLE_QUEUE: &str = "bench-idle";
/// The activities' timeout, which they never reach.
const ACTIVITY_TIMEOUT: Duration = Duration::from_hours(1);

/// The workflow.
#[workflow]
#[derive(Default)]
pub struct FanoutWorkflow {
    started: bool,
}

#[workflow_methods]
impl FanoutWorkflow {
    /// Runs until it is canceled or terminated.
    #[run(name = "BenchFanout")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        ctx.wait_condition(|state| state.started).await?;
        ctx.cancelled().await;
        Ok(())
    }

    /// Starts.
    #[signal(name = "start")]
    pub fn start(&mut self, _ctx: &mut SyncWorkflowContext<Self>, _args: Value) {
        self.started = true;
    }

    /// Schedules the tick's activity.
    #[signal(name = "tick")]
    pub async fn tick(ctx: &mut WorkflowContext<Self>, tick: Tick) {
        let options = ActivityOptions::with_start_to_close_timeout(ACTIVITY_TIMEOUT)
            .task_queue(IDLE_QUEUE.to_owned())
            .build();
        let activity = UntypedActivity::new(tick.name());
        // It is canceled with the workflow.
        let _ = ctx
            .execute_activity(activity, RawValue::new(Vec::new()), options)
            .await;
    }
}
