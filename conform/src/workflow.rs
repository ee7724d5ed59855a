//! The workflow of the cases, which executes the steps in its argument, and its activities.

use std::{error::Error, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use temporalio_common::{MemoValue, RetryPolicy};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, ContinueAsNewOptions, SyncWorkflowContext,
    WorkflowContext, WorkflowContextView, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};
use tokio::time::sleep;

/// The workflow's type.
pub const WORKFLOW_TYPE: &str = "Conform";
/// Its name in the catalog of spawned gateways.
pub const CATALOG_NAME: &str = "conform";
/// How long an activity can take.
const ACTIVITY_LIMIT: Duration = Duration::from_mins(1);
/// How many changes of the memo one workflow task makes.
const MEMO_BATCH: u32 = 500;

/// What to do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Plan {
    steps: Vec<Step>,
}

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// An activity that takes this number of milliseconds.
    Work(u64),
    /// An activity that fails before that attempt.
    Flaky(u32),
    /// This number of memo changes.
    Memo(u32),
    /// Wait until this run has received this number of signals `note`.
    Notes(usize),
    /// Wait for the signal `go`.
    Go,
    /// Continue as new.
    ContinueAsNew,
    /// Fail.
    Fail(String),
}

/// The workflow.
#[workflow]
#[derive(Default)]
pub struct ConformWorkflow {
    notes: Vec<String>,
    unused_go_signals: u32,
    sum: i64,
}

#[workflow_methods]
impl ConformWorkflow {
    /// Executes the plan, and returns the notes that it received.
    #[run(name = "Conform")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, plan: Plan) -> WorkflowResult<Value> {
        let mut steps = plan.steps.into_iter();
        while let Some(step) = steps.next() {
            match step {
                Step::Work(millis) => {
                    let options = ActivityOptions::start_to_close_timeout(ACTIVITY_LIMIT);
                    ctx.execute_activity(ConformActivities::work, millis, options)
                        .await?;
                }
                Step::Flaky(succeeds_at) => {
                    let options = ActivityOptions::with_start_to_close_timeout(ACTIVITY_LIMIT)
                        .heartbeat_timeout(Duration::from_secs(5))
                        .retry_policy(
                            RetryPolicy::builder()
                                .initial_interval(Duration::from_secs(1))
                                .backoff_coefficient(1.0)
                                .build(),
                        )
                        .build();
                    ctx.execute_activity(ConformActivities::flaky, succeeds_at, options)
                        .await?;
                }
                Step::Memo(count) => {
                    for number in 1..=count {
                        let value = MemoValue::new(json!(number));
                        ctx.upsert_memo([("count", Some(value))])?;
                        if number % MEMO_BATCH == 0 {
                            ctx.timer(Duration::from_millis(1)).await;
                        }
                    }
                }
                Step::Notes(count) => {
                    ctx.wait_condition(move |state| state.notes.len() >= count)
                        .await?;
                }
                Step::Go => {
                    ctx.wait_condition(|state| state.unused_go_signals > 0)
                        .await?;
                    ctx.state_mut(|state| state.unused_go_signals -= 1);
                }
                Step::ContinueAsNew => {
                    let rest = Plan {
                        steps: steps.collect(),
                    };
                    ctx.continue_as_new(rest, ContinueAsNewOptions::default())?;
                    break;
                }
                Step::Fail(message) => return Err(ApplicationFailure::new(message).into()),
            }
        }
        Ok(ctx.state(|state| json!({"notes": state.notes, "sum": state.sum})))
    }

    /// Receives a note.
    #[signal(name = "note")]
    pub fn note(&mut self, _ctx: &mut SyncWorkflowContext<Self>, text: String) {
        self.notes.push(text);
    }

    /// Continues.
    #[signal(name = "go")]
    pub fn go(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.unused_go_signals += 1;
    }

    /// Returns the notes.
    #[query(name = "notes")]
    pub fn notes(&self, _ctx: &WorkflowContextView) -> Vec<String> {
        self.notes.clone()
    }

    /// Adds to the sum, and returns it.
    #[update(name = "add")]
    pub fn add(&mut self, _ctx: &mut SyncWorkflowContext<Self>, number: i64) -> i64 {
        self.sum += number;
        self.sum
    }

    /// Rejects numbers that are not positive.
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        clippy::unused_self,
        reason = "the SDK wants validators so"
    )]
    #[update_validator(add)]
    fn check(
        &self,
        _ctx: &WorkflowContextView,
        number: &i64,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if *number > 0 {
            Ok(())
        } else {
            Err("it must be positive".into())
        }
    }

    /// Adds to the sum when the signal `go` arrives.
    #[update(name = "add_later")]
    pub async fn add_later(
        ctx: &mut WorkflowContext<Self>,
        number: i64,
    ) -> Result<i64, Box<dyn Error + Send + Sync>> {
        ctx.wait_condition(|state| state.unused_go_signals > 0)
            .await?;
        Ok(ctx.state_mut(|state| {
            state.sum += number;
            state.sum
        }))
    }
}

/// The activities.
pub struct ConformActivities;

#[activities]
impl ConformActivities {
    /// Takes this number of milliseconds, and returns it.
    #[activity(name = "work")]
    pub async fn work(_ctx: ActivityContext, millis: u64) -> Result<u64, ActivityError> {
        sleep(Duration::from_millis(millis)).await;
        Ok(millis)
    }

    /// Fails in each attempt before that one, after a heartbeat.
    #[activity(name = "flaky")]
    pub async fn flaky(ctx: ActivityContext, succeeds_at: u32) -> Result<u32, ActivityError> {
        let attempt = ctx.info().attempt;
        ctx.record_heartbeat(format!("attempt {attempt}")).await?;
        sleep(Duration::from_millis(50)).await;
        if attempt < succeeds_at {
            return Err(anyhow::anyhow!("not yet").into());
        }
        Ok(attempt)
    }
}
