//! The histories of a fake engine.

use std::{collections::HashMap, sync::Arc};

use fast_temporal_core::{
    EngineError, EngineErrorKind,
    engine::{RunEnd, VisibleWorkflow},
};
use fast_temporal_protocol::{Event, EventData, event::WorkflowStarted};
use jiff::Timestamp;

#[derive(Default)]
pub(super) struct Histories {
    workflows: HashMap<Arc<str>, Vec<Run>>,
    runs_so_far: usize,
}

/// One run. The newest run of a workflow is its current one.
#[expect(clippy::struct_field_names, reason = "Temporal says run id")]
pub(super) struct Run {
    pub(super) run_id: Arc<str>,
    pub(super) first_run_id: Arc<str>,
    pub(super) before: Option<Arc<str>>,
    pub(super) workflow_type: String,
    /// What each history event projects to; nothing for a workflow task.
    pub(super) events: Vec<Vec<Event>>,
    pub(super) end: Option<RunEnd>,
    pub(super) taken: bool,
    /// The version of events that are written from now on.
    pub(super) version: i64,
    /// Grows when the history is replaced by another branch.
    pub(super) branch: usize,
    start_time: Timestamp,
}

impl Histories {
    pub(super) fn start(
        &mut self,
        workflow_id: &str,
        workflow_type: &str,
        task_queue: &str,
    ) -> Arc<str> {
        let run_id = self.add_run(workflow_id, workflow_type, None, None);
        let data = started(workflow_type, task_queue, &run_id);
        self.write(workflow_id, &run_id, vec![data]);
        run_id
    }

    /// A run that follows another one, or begins a chain. Its history is empty.
    pub(super) fn add_run(
        &mut self,
        workflow_id: &str,
        workflow_type: &str,
        first_run_id: Option<Arc<str>>,
        before: Option<Arc<str>>,
    ) -> Arc<str> {
        self.runs_so_far += 1;
        let run_id: Arc<str> = format!("run-{}", self.runs_so_far).into();
        let run = Run {
            first_run_id: first_run_id.unwrap_or_else(|| Arc::clone(&run_id)),
            run_id: Arc::clone(&run_id),
            before,
            workflow_type: workflow_type.to_owned(),
            events: Vec::new(),
            end: None,
            taken: false,
            version: 0,
            branch: 0,
            start_time: Timestamp::UNIX_EPOCH,
        };
        self.workflows
            .entry(workflow_id.into())
            .or_default()
            .push(run);
        run_id
    }

    /// Writes one history event, which projects to these events.
    pub(super) fn write(&mut self, workflow_id: &str, run_id: &str, data: Vec<EventData>) {
        let run = self.run_mut(workflow_id, run_id);
        let event_id = i64::try_from(run.events.len()).expect("a short history") + 1;
        let cursor = |index| fast_temporal_protocol::Cursor {
            namespace: "default".into(),
            workflow_id: workflow_id.into(),
            run_id: Arc::clone(&run.run_id),
            position: fast_temporal_protocol::Position {
                event_id,
                index,
                version: run.version,
            },
        };
        let events = (0..).zip(data).map(|(index, data)| Event {
            cursor: cursor(index),
            time: Timestamp::UNIX_EPOCH,
            data,
            end: false,
        });
        let events = events.collect();
        run.events.push(events);
    }

    pub(super) fn current(&self, workflow_id: &str) -> Option<Arc<str>> {
        Some(Arc::clone(&self.workflows.get(workflow_id)?.last()?.run_id))
    }

    pub(super) fn is_open(&self, workflow_id: &str) -> bool {
        let newest = self.workflows.get(workflow_id).and_then(|runs| runs.last());
        newest.is_some_and(|run| run.end.is_none())
    }

    pub(super) fn run(&self, workflow_id: &str, run_id: Option<&str>) -> Result<&Run, EngineError> {
        let runs = self
            .workflows
            .get(workflow_id)
            .map_or(&[][..], Vec::as_slice);
        let run = match run_id {
            None => runs.last(),
            Some(run_id) => runs.iter().find(|run| &*run.run_id == run_id),
        };
        run.ok_or_else(|| EngineError::new(EngineErrorKind::NotFound, "no such run"))
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

    /// Loses a run's history, as retention does.
    pub(super) fn forget(&mut self, workflow_id: &str, run_id: &str) {
        if let Some(runs) = self.workflows.get_mut(workflow_id) {
            runs.retain(|run| &*run.run_id != run_id);
        }
    }

    /// The open workflows one of whose prefixes the query names.
    pub(super) fn visible(&self, query: &str) -> Vec<VisibleWorkflow> {
        let prefixes: Vec<_> = query
            .split("STARTS_WITH")
            .skip(1)
            .filter_map(|rest| rest.split(['"', '\'']).nth(1))
            .map(str::to_lowercase)
            .collect();
        let open = self.workflows.iter().filter_map(|(id, runs)| {
            let run = runs.last().filter(|run| run.end.is_none())?;
            // Like the real one's, this match ignores case.
            let named = prefixes
                .iter()
                .any(|prefix| id.to_lowercase().starts_with(prefix));
            named.then(|| VisibleWorkflow {
                workflow_id: Arc::clone(id),
                run_id: Arc::clone(&run.run_id),
                workflow_type: run.workflow_type.clone(),
                start_time: run.start_time,
            })
        });
        open.collect()
    }
}

pub(super) fn started(workflow_type: &str, task_queue: &str, first_run_id: &str) -> EventData {
    EventData::WorkflowStarted(WorkflowStarted {
        workflow_type: workflow_type.to_owned(),
        task_queue: task_queue.to_owned(),
        attempt: 1,
        first_run_id: first_run_id.to_owned(),
        ..WorkflowStarted::default()
    })
}
