//! The workflows whose histories are recorded.

use std::time::Duration;

use temporalio_common::{MemoValue, RetryPolicy};
use temporalio_macros::{workflow, workflow_methods};
use temporalio_sdk::{
    ActivityCancellationType, ActivityOptions, CancellableFuture as _, ChildWorkflowOptions,
    ContinueAsNewOptions, LocalActivityOptions, SyncWorkflowContext, TimerOptions, WorkflowContext,
    WorkflowContextView, WorkflowResult,
};

use crate::activity::{self, failure};

const SECOND: Duration = Duration::from_secs(1);
const TEN: Duration = Duration::from_secs(10);

fn attempts(most: u32) -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(Duration::from_millis(100))
        .maximum_attempts(most)
        .build()
}

fn named<T, E: std::fmt::Display>(outcome: Result<T, E>) -> String {
    outcome.map_or_else(|error| error.to_string(), |_| "done".to_owned())
}

#[workflow]
#[derive(Default)]
pub struct Activities;

#[workflow_methods]
impl Activities {
    #[run(name = "Activities")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, name: String) -> WorkflowResult<Vec<String>> {
        let options = || ActivityOptions::with_start_to_close_timeout(TEN);
        let greeted = ctx
            .execute_activity(
                activity::Activities::greet,
                name.clone(),
                options().summary(format!("Greet {name}")).build(),
            )
            .await;
        let third = ctx
            .execute_activity(
                activity::Activities::flaky,
                3u32,
                options().retry_policy(attempts(5)).build(),
            )
            .await;
        let rejected = ctx
            .execute_activity(activity::Activities::refuse, 120.5, options().build())
            .await;
        let late = ctx
            .execute_activity(
                activity::Activities::sleep,
                2u64,
                ActivityOptions::with_start_to_close_timeout(SECOND)
                    .retry_policy(attempts(1))
                    .build(),
            )
            .await;
        let canceled = ctx.execute_activity(
            activity::Activities::until_canceled,
            (),
            options()
                .heartbeat_timeout(SECOND)
                .cancellation_type(ActivityCancellationType::WaitCancellationCompleted)
                .build(),
        );
        ctx.timer(Duration::from_millis(300)).await;
        canceled.cancel();
        let canceled = canceled.await;
        Ok(vec![
            named(greeted),
            named(third),
            named(rejected),
            named(late),
            named(canceled),
        ])
    }
}

#[workflow]
#[derive(Default)]
pub struct LocalActivities;

#[workflow_methods]
impl LocalActivities {
    #[run(name = "LocalActivities")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Vec<String>> {
        let options = || LocalActivityOptions::builder().start_to_close_timeout(TEN);
        let greeted = ctx
            .execute_local_activity(
                activity::Activities::greet,
                "Ada".to_owned(),
                options().build(),
            )
            .await;
        let rejected = ctx
            .execute_local_activity(activity::Activities::refuse, 120.5, options().build())
            .await;
        // A backoff above the threshold is a timer.
        let second = ctx
            .execute_local_activity(
                activity::Activities::flaky,
                2u32,
                options()
                    .retry_policy(attempts(3))
                    .timer_backoff_threshold(Duration::from_millis(10))
                    .build(),
            )
            .await;
        Ok(vec![named(greeted), named(rejected), named(second)])
    }
}

#[workflow]
#[derive(Default)]
pub struct Timers;

#[workflow_methods]
impl Timers {
    #[run(name = "Timers")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<()> {
        let canceled = ctx.timer(
            TimerOptions::builder(TEN)
                .summary("Wait for nothing".to_owned())
                .build(),
        );
        ctx.timer(
            TimerOptions::builder(Duration::from_millis(250))
                .summary("Wait a little".to_owned())
                .build(),
        )
        .await;
        canceled.cancel();
        canceled.await;
        Ok(())
    }
}

#[workflow]
#[derive(Default)]
pub struct Child;

#[workflow_methods]
impl Child {
    #[run(name = "Child")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, what: String) -> WorkflowResult<String> {
        match what.as_str() {
            "fail" => Err(failure("the child failed", "ChildError", true).into()),
            "wait" => {
                ctx.wait_condition(|_| false).await?;
                Ok(what)
            }
            _ => Ok(what),
        }
    }
}

#[workflow]
#[derive(Default)]
pub struct Children;

#[workflow_methods]
impl Children {
    #[run(name = "Children")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Vec<String>> {
        let mut outcomes = Vec::new();
        for what in ["work", "fail"] {
            let options =
                ChildWorkflowOptions::workflow_id(format!("{}-{what}", ctx.workflow_id()));
            let child = ctx
                .start_child_workflow(Child::run, what.to_owned(), options)
                .await?;
            outcomes.push(named(child.result().await));
        }
        Ok(outcomes)
    }
}

#[workflow]
#[derive(Default)]
pub struct Memo;

#[workflow_methods]
impl Memo {
    #[run(name = "Memo")]
    pub async fn run(ctx: &mut WorkflowContext<Self>, continues: u32) -> WorkflowResult<()> {
        ctx.upsert_memo([
            ("text", Some(MemoValue::new("begun".to_owned()))),
            ("fraction", Some(MemoValue::new(0.5))),
        ])?;
        ctx.timer(Duration::from_millis(10)).await;
        ctx.upsert_memo([
            ("text", Some(MemoValue::new("begun".to_owned()))),
            ("fraction", None),
        ])?;
        if continues > 0 {
            ctx.continue_as_new(continues - 1, ContinueAsNewOptions::default())?;
        }
        Ok(())
    }
}

/// Accepts signals and updates until the signal `go`.
#[workflow]
#[derive(Default)]
pub struct Messages {
    seen: Vec<String>,
    finished: bool,
}

#[workflow_methods]
impl Messages {
    #[run(name = "Messages")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Vec<String>> {
        ctx.wait_condition(|state| state.finished).await?;
        Ok(ctx.state(|state| state.seen.clone()))
    }

    #[signal(name = "note")]
    pub fn note(&mut self, _ctx: &mut SyncWorkflowContext<Self>, text: String) {
        self.seen.push(text);
    }

    #[signal(name = "go")]
    pub fn go(&mut self, _ctx: &mut SyncWorkflowContext<Self>) {
        self.finished = true;
    }

    #[update(name = "add")]
    pub fn add(
        &mut self,
        _ctx: &mut SyncWorkflowContext<Self>,
        text: String,
    ) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
        if text == "fail" {
            return Err("cannot add it".into());
        }
        self.seen.push(text);
        Ok(self.seen.len())
    }

    #[update_validator(add)]
    fn check(
        &self,
        _ctx: &WorkflowContextView,
        text: &String,
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        if self.finished || text == "refused" {
            return Err("not that".into());
        }
        Ok(())
    }
}
