//! A workflow with a stream but without a base, by the SDK's own macros: the same as
//! `stream_workflow.py`.
#![allow(
    missing_docs,
    clippy::needless_pass_by_value,
    reason = "the SDK's macros define undocumented constants, and handlers own their input"
)]

use std::{collections::VecDeque, time::Duration};

use fast_temporal_workflow::stream::{
    self, HandlerError, HasStream, Origin, PollInput, PollResult, Publisher, PublisherConfig,
    StreamContext as _, WorkflowStream, WorkflowStreamState,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use temporalio_common::{RetryPolicy, data_converters::RawValue};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ContinueAsNewOptions, SyncWorkflowContext, WorkflowContext,
    WorkflowContextView, WorkflowResult,
    activities::{ActivityContext, ActivityError},
};

/// A command, sent by signal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    Publish {
        topic: String,
        value: Value,
    },
    Truncate {
        up_to: u64,
    },
    Count {
        to: u32,
    },
    Continue,
    Drain,
    /// Removes the poll query, like an early implementation. In Python only.
    ForgetQuery,
    Finish,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Input {
    #[serde(default)]
    stream: Option<WorkflowStreamState>,
    /// The commands that are still to be executed.
    #[serde(default)]
    commands: VecDeque<Command>,
}

#[workflow]
pub struct ManualStream {
    stream: WorkflowStream,
    commands: VecDeque<Command>,
}

impl HasStream for ManualStream {
    fn stream(&self) -> &WorkflowStream {
        &self.stream
    }

    fn stream_mut(&mut self) -> &mut WorkflowStream {
        &mut self.stream
    }
}

#[workflow_methods]
impl ManualStream {
    #[init]
    pub fn new(_ctx: &WorkflowContextView, input: Input) -> Self {
        Self {
            stream: input
                .stream
                .map(WorkflowStream::from_state)
                .unwrap_or_default(),
            commands: input.commands,
        }
    }

    #[run(name = "rust-stream")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        loop {
            ctx.wait_condition(|state| !state.commands.is_empty())
                .await?;
            let command = ctx.state_mut(|state| state.commands.pop_front());
            match command.expect("the queue is not empty") {
                Command::Publish { topic, value } => ctx.publish(&topic, &value)?,
                Command::Truncate { up_to } => ctx.truncate_stream(up_to)?,
                Command::Count { to } => {
                    let policy = RetryPolicy::builder().maximum_attempts(3);
                    let options =
                        ActivityOptions::with_start_to_close_timeout(Duration::from_secs(20))
                            .retry_policy(
                                policy.initial_interval(Duration::from_millis(50)).build(),
                            )
                            .activity_id("count".to_owned())
                            .build();
                    ctx.execute_activity(Counter::count, to, options).await?;
                }
                Command::Continue => {
                    let stream = Some(ctx.drain_stream().await);
                    let commands = ctx.state_mut(|state| std::mem::take(&mut state.commands));
                    let input = Input { stream, commands };
                    ctx.continue_as_new(input, ContinueAsNewOptions::default())?;
                }
                Command::Drain | Command::ForgetQuery => drop(ctx.drain_stream().await),
                Command::Finish => return Ok("done".to_owned()),
            }
        }
    }

    #[signal(name = "command")]
    pub fn command(&mut self, _ctx: &mut SyncWorkflowContext<Self>, command: Command) {
        self.commands.push_back(command);
    }

    #[signal(name = stream::PUBLISH)]
    pub fn receive(&mut self, ctx: &mut SyncWorkflowContext<Self>, batch: RawValue) {
        stream::receive(self, ctx, batch);
    }

    #[update(name = stream::POLL)]
    pub async fn poll(
        ctx: &mut WorkflowContext<Self>,
        input: PollInput,
    ) -> Result<PollResult, HandlerError> {
        stream::poll(ctx, input).await
    }

    #[update_validator(poll)]
    pub fn validate_poll(
        &self,
        _ctx: &WorkflowContextView,
        input: &PollInput,
    ) -> Result<(), HandlerError> {
        stream::validate_poll(self, input)
    }

    #[query(name = stream::POLL)]
    pub fn read(&self, _ctx: &WorkflowContextView, input: PollInput) -> PollResult {
        stream::read(self, &input)
    }

    #[query(name = stream::OFFSET)]
    pub fn offset(&self, _ctx: &WorkflowContextView) -> u64 {
        stream::offset(self)
    }
}

/// An activity whose first attempt fails after it has published half of the numbers.
pub struct Counter;

#[activities]
impl Counter {
    #[activity(name = "count")]
    pub async fn count(ctx: ActivityContext, to: u32) -> Result<(), ActivityError> {
        let publisher = Publisher::from_activity(&ctx, PublisherConfig::default())?;
        let numbers = publisher.topic("numbers");
        let is_first = ctx.info().attempt == 1;
        for number in 0..if is_first { to / 2 } else { to } {
            numbers.publish(&number).await?;
        }
        publisher.close().await?;
        if is_first {
            return Err(anyhow::anyhow!("the first attempt fails half way").into());
        }
        Ok(())
    }
}

/// The origin of the items that the activity publishes.
pub(crate) fn count_origin(run_id: &str, attempt: u32) -> Origin {
    Origin {
        run_id: run_id.to_owned(),
        activity_id: "count".to_owned(),
        attempt,
    }
}
