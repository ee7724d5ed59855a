//! A subscriber's source that plays a script.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use fast_temporal_workflow::stream::{
    PollFailure, PollInput, PollResponse, PollResult, Run, RunState, Source, SourceError,
};

/// The run that `None` stands for.
pub(crate) const CURRENT: &str = "current";

/// An expected request and its response.
pub(crate) enum Step {
    /// The next response takes a while.
    Wait(Duration),
    Poll(u64, Result<PollResult, PollFailure>),
    Read(Option<&'static str>, u64, Result<PollResult, SourceError>),
    Describe(Option<&'static str>, Result<RunState, SourceError>),
}

/// The run and the update id of a poll.
type Poll = (Option<String>, String);

/// Plays steps, and panics at an unexpected request.
#[derive(Clone)]
pub(crate) struct ScriptedSource {
    steps: Arc<Mutex<VecDeque<Step>>>,
    polls: Arc<Mutex<Vec<Poll>>>,
}

impl ScriptedSource {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into())),
            polls: Arc::default(),
        }
    }

    /// Returns the number of remaining steps.
    pub(crate) fn left(&self) -> usize {
        self.steps.lock().unwrap().len()
    }

    /// Returns the polls so far.
    pub(crate) fn polls(&self) -> Vec<Poll> {
        self.polls.lock().unwrap().clone()
    }

    async fn next(&self, request: &str) -> Step {
        loop {
            let step = self.steps.lock().unwrap().pop_front();
            match step {
                Some(Step::Wait(time)) => tokio::time::sleep(time).await,
                Some(step) => return step,
                None => panic!("unexpected request after the script: {request}"),
            }
        }
    }
}

impl Source for ScriptedSource {
    async fn poll(
        &self,
        run_id: Option<&str>,
        update_id: &str,
        input: &PollInput,
    ) -> Result<PollResponse, PollFailure> {
        let run_id = run_id.map(str::to_owned);
        let poll = (run_id.clone(), update_id.to_owned());
        self.polls.lock().unwrap().push(poll);
        match self.next("a poll").await {
            Step::Poll(from, result) => {
                assert_eq!(input.from_offset, from);
                result.map(|result| PollResponse {
                    run_id: run_id.or(Some(CURRENT.to_owned())),
                    result,
                })
            }
            _ => panic!("a poll was not expected"),
        }
    }

    async fn read(
        &self,
        run_id: Option<&str>,
        input: &PollInput,
    ) -> Result<PollResult, SourceError> {
        match self.next("a read").await {
            Step::Read(run, from, result) => {
                assert_eq!(run_id.unwrap_or(CURRENT), run.unwrap_or(CURRENT));
                assert_eq!(input.from_offset, from);
                result
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
