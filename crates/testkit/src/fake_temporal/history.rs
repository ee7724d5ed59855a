//! The histories of a fake engine.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{RunEnd, StartWorkflow},
};
use fast_temporal_protocol::{
    Cursor, Event, EventData, Position,
    event::WorkflowStarted,
    v1::{PendingActivity, WorkflowStatus},
};
use jiff::Timestamp;

use super::{hosted_stream::HostedStream, worker_answer::Updates};

/// The activities whose attempts a test has changed, by their ids.
type Attempts = HashMap<String, PendingActivity>;

#[derive(Default)]
pub(super) struct Histories {
    pub(super) workflows: HashMap<Arc<str>, Vec<Run>>,
    /// The time; `None`: the system's.
    pub(super) clock: Option<Timestamp>,
    runs_so_far: usize,
}

/// One run. The newest run of a workflow is its current one.
#[expect(clippy::struct_field_names, reason = "run id is Temporal's term")]
pub(super) struct Run {
    pub(super) run_id: Arc<str>,
    /// Increases from run to run, over all workflows.
    pub(super) number: usize,
    pub(super) first_run_id: Arc<str>,
    pub(super) before: Option<Arc<str>>,
    /// The start request.
    pub(super) start: StartWorkflow,
    /// Which attempt it is, if its retry policy started it; else 1.
    pub(super) attempt: i32,
    /// The events of each history event; none for a workflow task.
    pub(super) events: Vec<Vec<Event>>,
    pub(super) end: Option<RunEnd>,
    pub(super) status: WorkflowStatus,
    pub(super) workflow_task_started: bool,
    /// The number of history events at which each workflow task was completed.
    pub(super) completed_tasks: Vec<usize>,
    /// The number of history events at which a worker last started a workflow task.
    pub(super) last_task: usize,
    /// Its own stream; `None` if it has none.
    pub(super) stream: Option<HostedStream>,
    pub(super) cancel_requested: bool,
    /// The version of the next events.
    pub(super) version: i64,
    /// Increases when another branch replaces the history.
    pub(super) branch: usize,
    pub(super) start_time: Timestamp,
    pub(super) close_time: Option<Timestamp>,
    /// The latest run that a reset of it started.
    pub(super) reset_run_id: Option<Arc<str>>,
    pub(super) attempts: Attempts,
    /// The activities that were pending at the reset that started this run.
    pub(super) carried: Vec<PendingActivity>,
    /// The request ids of the signals.
    pub(super) signal_requests: Vec<String>,
    pub(super) updates: Updates,
}

impl Histories {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.unwrap_or_else(Timestamp::now)
    }

    /// Starts a chain.
    pub(super) fn start(&mut self, start: StartWorkflow) -> Arc<str> {
        let workflow_id = Arc::clone(&start.workflow_id);
        let run_id = self.add_run(start, None);
        let started = self.started(&workflow_id, &run_id);
        self.write(&workflow_id, &run_id, vec![started]);
        run_id
    }

    /// Adds a run that follows another one, or starts a chain. Its history is empty.
    pub(super) fn add_run(
        &mut self,
        start: StartWorkflow,
        before: Option<(Arc<str>, Arc<str>)>,
    ) -> Arc<str> {
        self.runs_so_far += 1;
        let run_id: Arc<str> = format!("run-{}", self.runs_so_far).into();
        let (first_run_id, before) = before.unzip();
        let run = Run {
            run_id: Arc::clone(&run_id),
            number: self.runs_so_far,
            first_run_id: first_run_id.unwrap_or_else(|| Arc::clone(&run_id)),
            before,
            attempt: 1,
            events: Vec::new(),
            end: None,
            status: WorkflowStatus::Running,
            workflow_task_started: false,
            completed_tasks: Vec::new(),
            last_task: 0,
            stream: None,
            cancel_requested: false,
            version: 0,
            branch: 0,
            start_time: self.now(),
            close_time: None,
            reset_run_id: None,
            attempts: Attempts::default(),
            carried: Vec::new(),
            signal_requests: Vec::new(),
            updates: Updates::default(),
            start,
        };
        let runs = self.workflows.entry(Arc::clone(&run.start.workflow_id));
        runs.or_default().push(run);
        run_id
    }

    /// Returns the first event of a run.
    pub(super) fn started(&mut self, workflow_id: &str, run_id: &str) -> EventData {
        let run = self.run_mut(workflow_id, run_id);
        EventData::WorkflowStarted(WorkflowStarted {
            workflow_type: run.start.workflow_type.clone(),
            task_queue: run.start.task_queue.clone(),
            input: run.start.args.clone(),
            attempt: run.attempt,
            first_run_id: run.first_run_id.to_string(),
            continued_from_run_id: run.before.as_deref().map(str::to_owned),
            summary: run.start.options.summary.clone(),
            ..WorkflowStarted::default()
        })
    }

    /// Writes one history event with these public events.
    pub(super) fn write(&mut self, workflow_id: &str, run_id: &str, data: Vec<EventData>) {
        let time = self.now();
        let run = self.run_mut(workflow_id, run_id);
        let event_id = run.next_event_id();
        let events = (0..).zip(data).map(|(index, data)| Event {
            cursor: Cursor {
                namespace: "default".into(),
                workflow_id: workflow_id.into(),
                run_id: Arc::clone(&run.run_id),
                position: Position {
                    event_id,
                    index,
                    version: run.version,
                },
            },
            time,
            data,
            end: false,
        });
        let events = events.collect();
        run.events.push(events);
    }

    /// Writes that a workflow task was completed.
    pub(super) fn complete_task(&mut self, workflow_id: &str, run_id: &str) {
        self.write(workflow_id, run_id, Vec::new());
        let run = self.run_mut(workflow_id, run_id);
        run.workflow_task_started = true;
        run.last_task = run.events.len();
        run.completed_tasks.push(run.events.len());
    }

    /// Writes a run's last event.
    pub(super) fn close(
        &mut self,
        workflow_id: &str,
        run_id: &str,
        data: EventData,
        successor: Option<Arc<str>>,
    ) {
        let status = match &data {
            EventData::WorkflowCompleted(_) => WorkflowStatus::Completed,
            EventData::WorkflowFailed(_) => WorkflowStatus::Failed,
            EventData::WorkflowCanceled(_) => WorkflowStatus::Canceled,
            EventData::WorkflowTerminated(_) => WorkflowStatus::Terminated,
            EventData::WorkflowTimedOut(_) => WorkflowStatus::TimedOut,
            EventData::WorkflowContinuedAsNew(_) => WorkflowStatus::ContinuedAsNew,
            data => panic!("{} does not close a run", data.type_name()),
        };
        self.write(workflow_id, run_id, vec![data]);
        let close_time = Some(self.now());
        let run = self.run_mut(workflow_id, run_id);
        (run.status, run.close_time) = (status, close_time);
        run.end = Some(RunEnd { successor });
        run.updates.close();
        // A workflow that is closed from outside runs none of its code.
        if !matches!(
            status,
            WorkflowStatus::Terminated | WorkflowStatus::TimedOut
        ) {
            run.workflow_task_started = true;
            run.completed_tasks.push(run.events.len());
        }
    }

    pub(super) fn current(&self, workflow_id: &str) -> Option<&Run> {
        self.workflows.get(workflow_id)?.last()
    }

    pub(super) fn run(&self, workflow_id: &str, run_id: Option<&str>) -> Result<&Run, EngineError> {
        let run = match run_id {
            None => self.current(workflow_id),
            Some(run_id) => self
                .workflows
                .get(workflow_id)
                .and_then(|runs| runs.iter().find(|run| &*run.run_id == run_id)),
        };
        run.ok_or_else(|| match run_id {
            Some(run_id) if !is_run_id(run_id) => {
                EngineError::new(EngineErrorKind::Invalid, "Invalid RunId.")
            }
            _ => EngineError::new(EngineErrorKind::NotFound, "no such run"),
        })
    }

    /// Returns the runs that started between two times, oldest first, with those at either end.
    pub(super) fn runs_started_between(
        &self,
        workflow_id: &str,
        after: Timestamp,
        before: Timestamp,
    ) -> Vec<Arc<str>> {
        let runs = self.workflows.get(workflow_id).into_iter().flatten();
        let between = runs.filter(|run| (after..=before).contains(&run.start_time));
        between.map(|run| Arc::clone(&run.run_id)).collect()
    }

    pub(super) fn run_mut(&mut self, workflow_id: &str, run_id: &str) -> &mut Run {
        let runs = self
            .workflows
            .get_mut(workflow_id)
            .expect("a workflow of this id");
        runs.iter_mut()
            .find(|run| &*run.run_id == run_id)
            .expect("a run of this id")
    }

    /// Makes a run the current one again, as if it had never closed.
    pub(super) fn reopen(&mut self, workflow_id: &str, run_id: &str) {
        let run = self.run_mut(workflow_id, run_id);
        (run.end, run.close_time, run.status) = (None, None, WorkflowStatus::Running);
        let number = run.number;
        if let Some(runs) = self.workflows.get_mut(workflow_id) {
            runs.retain(|run| run.number <= number);
            let left: Vec<_> = runs.iter().map(|run| Arc::clone(&run.run_id)).collect();
            for run in runs {
                run.reset_run_id.take_if(|reset| !left.contains(reset));
            }
        }
    }

    /// Deletes a run, as retention does.
    pub(super) fn delete(&mut self, workflow_id: &str, run_id: &str) {
        if let Some(runs) = self.workflows.get_mut(workflow_id) {
            runs.retain(|run| &*run.run_id != run_id);
        }
    }
}

/// Whether the text is the id of some run: one of the fake's own, or a UUID.
fn is_run_id(text: &str) -> bool {
    let is_uuid = |text: &str| {
        let parts = text.split('-').map(str::len);
        parts.eq([8, 4, 4, 4, 12]) && text.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
    };
    text.starts_with("run-") || is_uuid(text)
}

impl Run {
    pub(super) fn is_open(&self) -> bool {
        self.end.is_none()
    }

    pub(super) fn next_event_id(&self) -> i64 {
        i64::try_from(self.events.len()).expect("a short history") + 1
    }

    /// Fails if the run is closed.
    pub(super) fn check_open(&self) -> Result<(), EngineError> {
        if self.is_open() {
            return Ok(());
        }
        let message = "workflow execution already completed";
        Err(EngineError::new(EngineErrorKind::Closed, message))
    }

    /// Fails if the run was closed before a worker started its first workflow task. No worker can answer
    /// its queries.
    pub(super) fn check_queryable(&self) -> Result<(), EngineError> {
        if self.is_open() || self.workflow_task_started {
            return Ok(());
        }
        let message = "workflow execution closed before WorkflowTaskStarted event";
        Err(EngineError::new(EngineErrorKind::Closed, message))
    }

    /// Returns all events of the run.
    pub(super) fn all_events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().flatten()
    }
}
