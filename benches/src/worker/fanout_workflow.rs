//! The workflow that many clients watch. It turns every tick that it is sent into an activity of that
//! name, as that is something that clients of both protocols are shown. Nobody runs those
//! activities, so a tick makes one event and one workflow task, and no more.

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
/// A task queue that nobody polls.
const IDLE_QUEUE: &str = "bench-nobody";
/// How long an activity could take, did it ever start.
const NEVER: Duration = Duration::from_hours(1);

/// The workflow.
#[workflow]
#[derive(Default)]
pub struct FanoutWorkflow {
    started: bool,
}

#[workflow_methods]
impl FanoutWorkflow {
    /// Stays until it is ended from outside.
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
        let options = ActivityOptions::with_start_to_close_timeout(NEVER)
            .task_queue(IDLE_QUEUE.to_owned())
            .build();
        let activity = UntypedActivity::new(tick.name());
        // It ends with the workflow, at the latest.
        let _ = ctx
            .execute_activity(activity, RawValue::new(Vec::new()), options)
            .await;
    }
}
