//! The workflow whose end is timed: a start signal and a few activities. Its result is the time at which the
//! last activity returned.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, SyncWorkflowContext, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

use crate::latency::now_us;

/// The workflow's type.
pub const TAIL_WORKFLOW: &str = "BenchWorkflow";
/// Its activity's type.
pub const TAIL_ACTIVITY: &str = "bench_step";
/// How long an activity can take.
const STEP_TIMEOUT: Duration = Duration::from_mins(1);

/// The argument of the start signal.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Plan {
    /// How many activities to run, one after the other.
    pub activities: u32,
}

/// What each activity returns. The workflow returns the last one.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Returned {
    /// When it returned, in microseconds since 1970.
    pub returned_us: u64,
}

/// The activity, which does nothing.
pub struct TailActivities;

#[expect(clippy::unused_async, reason = "the SDK's activities are async")]
#[activities]
impl TailActivities {
    /// Returns the time, at once.
    #[activity(name = "bench_step")]
    pub async fn step(_ctx: ActivityContext, _number: u32) -> Result<Returned, ActivityError> {
        Ok(Returned {
            returned_us: now_us(),
        })
    }
}

/// The workflow.
#[workflow]
#[derive(Default)]
pub struct TailWorkflow {
    plan: Option<Plan>,
}

#[workflow_methods]
impl TailWorkflow {
    /// Runs the plan.
    #[run(name = "BenchWorkflow")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Returned> {
        ctx.wait_condition(|state| state.plan.is_some()).await?;
        let activities = ctx.state(|state| state.plan.map_or(0, |plan| plan.activities));
        let mut last = Returned::default();
        for number in 0..activities {
            let options = ActivityOptions::start_to_close_timeout(STEP_TIMEOUT);
            last = ctx
                .execute_activity(TailActivities::step, number, options)
                .await?;
        }
        Ok(last)
    }

    /// Receives the plan.
    #[signal(name = "start")]
    pub fn start(&mut self, _ctx: &mut SyncWorkflowContext<Self>, plan: Plan) {
        self.plan = Some(plan);
    }
}
