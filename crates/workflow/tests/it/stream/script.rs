//! A source that says what a test tells it to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use fast_temporal_workflow::stream::{
    PollAnswer, PollFailure, PollInput, Run, RunState, Source, SourceError,
};

/// What is asked, and what is to be answered.
pub(crate) enum Step {
    /// The next answer takes a while.
    Wait(Duration),
    Poll(u64, Result<PollAnswer, PollFailure>),
    Read(Option<&'static str>, u64, Result<PollAnswer, SourceError>),
    Describe(Option<&'static str>, Result<RunState, SourceError>),
}

/// Plays steps, and panics where something else is asked.
#[derive(Clone)]
pub(crate) struct Script(Arc<Mutex<VecDeque<Step>>>);

impl Script {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self(Arc::new(Mutex::new(steps.into())))
    }

    /// How many steps are left.
    pub(crate) fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    async fn next(&self, asked: &str) -> Step {
        loop {
            let step = self.0.lock().unwrap().pop_front();
            match step {
                Some(Step::Wait(time)) => tokio::time::sleep(time).await,
                Some(step) => return step,
                None => panic!("the script is over, and asked was {asked}"),
            }
        }
    }
}

impl Source for Script {
    async fn poll(&self, input: &PollInput) -> Result<PollAnswer, PollFailure> {
        match self.next("a poll").await {
            Step::Poll(from, answer) => {
                assert_eq!(input.from_offset, from);
                answer
            }
            _ => panic!("a poll was not expected"),
        }
    }

    async fn read(
        &self,
        run_id: Option<&str>,
        input: &PollInput,
    ) -> Result<PollAnswer, SourceError> {
        match self.next("a read").await {
            Step::Read(run, from, answer) => {
                assert_eq!((run_id, input.from_offset), (run, from));
                answer
            }
            _ => panic!("a read was not expected"),
        }
    }

    async fn describe(&self, run_id: Option<&str>) -> Result<Run, SourceError> {
        match self.next("a description").await {
            Step::Describe(run, state) => {
                assert_eq!(run_id, run);
                state.map(|state| Run {
                    run_id: run.unwrap_or("current").to_owned(),
                    state,
                })
            }
            _ => panic!("a description was not expected"),
        }
    }
}
