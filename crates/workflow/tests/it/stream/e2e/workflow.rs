//! A workflow that holds a stream, by the SDK's own macros: the twin of `stream_host.py`.
#![allow(
    missing_docs,
    clippy::needless_pass_by_value,
    reason = "the SDK's macros make constants that bear no docs, and want handlers to own their input"
)]

use std::{collections::VecDeque, time::Duration};

use fast_temporal_workflow::stream::{
    self, HandlerError, HasStream, Host, Origin, PollAnswer, PollInput, Publisher, PublisherConfig,
    State, StreamExt as _,
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

/// What the workflow is told by signal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    Publish { topic: String, value: Value },
    Truncate { up_to: u64 },
    Count { to: u32 },
    Continue,
    Drain,
    Finish,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Input {
    #[serde(default)]
    pub(crate) stream: Option<State>,
}

#[workflow]
pub struct StreamHost {
    stream: Host,
    commands: VecDeque<Command>,
}

impl HasStream for StreamHost {
    fn stream(&self) -> &Host {
        &self.stream
    }

    fn stream_mut(&mut self) -> &mut Host {
        &mut self.stream
    }
}

#[workflow_methods]
impl StreamHost {
    #[init]
    pub fn new(_ctx: &WorkflowContextView, input: Input) -> Self {
        Self {
            stream: input.stream.map(Host::from_state).unwrap_or_default(),
            commands: VecDeque::new(),
        }
    }

    #[run(name = "rust-stream")]
    pub async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<String> {
        loop {
            ctx.wait_condition(|state| !state.commands.is_empty())
                .await?;
            let command = ctx.state_mut(|state| state.commands.pop_front());
            match command.expect("it was waited for") {
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
                    let input = Input {
                        stream: Some(ctx.drain_stream().await),
                    };
                    ctx.continue_as_new(input, ContinueAsNewOptions::default())?;
                }
                Command::Drain => drop(ctx.drain_stream().await),
                Command::Finish => return Ok("done".to_owned()),
            }
        }
    }

    #[signal(name = "tell")]
    pub fn tell(&mut self, _ctx: &mut SyncWorkflowContext<Self>, command: Command) {
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
    ) -> Result<PollAnswer, HandlerError> {
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
    pub fn read(&self, _ctx: &WorkflowContextView, input: PollInput) -> PollAnswer {
        stream::read(self, &input)
    }

    #[query(name = stream::OFFSET)]
    pub fn offset(&self, _ctx: &WorkflowContextView) -> u64 {
        stream::offset(self)
    }
}

/// The activity, which fails at first, after it has published a part.
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

/// The origin of what the activity publishes.
pub(crate) fn count_origin(run_id: &str, attempt: u32) -> Origin {
    Origin {
        run_id: run_id.to_owned(),
        activity_id: "count".to_owned(),
        attempt,
    }
}
