//! A source that says what a test tells it to.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use fast_temporal_workflow::stream::{
    PollAnswer, PollFailure, PollInput, Polled, Run, RunState, Source, SourceError,
};

/// The run that a script calls `None`.
pub(crate) const CURRENT: &str = "current";

/// What is asked, and what is to be answered.
pub(crate) enum Step {
    /// The next answer takes a while.
    Wait(Duration),
    Poll(u64, Result<PollAnswer, PollFailure>),
    Read(Option<&'static str>, u64, Result<PollAnswer, SourceError>),
    Describe(Option<&'static str>, Result<RunState, SourceError>),
}

/// Of which run a poll was, and by which id.
type Asked = (Option<String>, String);

/// Plays steps, and panics where something else is asked.
#[derive(Clone)]
pub(crate) struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    polls: Arc<Mutex<Vec<Asked>>>,
}

impl Script {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into())),
            polls: Arc::default(),
        }
    }

    /// How many steps are left.
    pub(crate) fn left(&self) -> usize {
        self.steps.lock().unwrap().len()
    }

    /// The polls so far.
    pub(crate) fn polls(&self) -> Vec<Asked> {
        self.polls.lock().unwrap().clone()
    }

    async fn next(&self, asked: &str) -> Step {
        loop {
            let step = self.steps.lock().unwrap().pop_front();
            match step {
                Some(Step::Wait(time)) => tokio::time::sleep(time).await,
                Some(step) => return step,
                None => panic!("the script is over, and asked was {asked}"),
            }
        }
    }
}

impl Source for Script {
    async fn poll(
        &self,
        run_id: Option<&str>,
        update_id: &str,
        input: &PollInput,
    ) -> Result<Polled, PollFailure> {
        let run_id = run_id.map(str::to_owned);
        let poll = (run_id.clone(), update_id.to_owned());
        self.polls.lock().unwrap().push(poll);
        match self.next("a poll").await {
            Step::Poll(from, answer) => {
                assert_eq!(input.from_offset, from);
                answer.map(|answer| Polled {
                    run_id: run_id.or(Some(CURRENT.to_owned())),
                    answer,
                })
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
                assert_eq!(run_id.unwrap_or(CURRENT), run.unwrap_or(CURRENT));
                assert_eq!(input.from_offset, from);
                answer
            }
            _ => panic!("a read was not expected"),
        }
    }

    async fn describe(&self, run_id: Option<&str>) -> Result<Run, SourceError> {
        match self.next("a description").await {
            Step::Describe(run, state) => {
                let run = run.unwrap_or(CURRENT);
                assert_eq!(run_id.unwrap_or(CURRENT), run);
                state.map(|state| Run {
                    run_id: run.to_owned(),
                    state,
                })
            }
            _ => panic!("a description was not expected"),
        }
    }
}
