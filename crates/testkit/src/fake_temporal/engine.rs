//! The fake as an engine.

use std::sync::Arc;

use fast_temporal_core::{
    Engine, EngineError,
    engine::{
        CloseWorkflow, ListWorkflows, Query, ReadWorkflowStream, SignalWorkflow, Source,
        StartOutcome, StartWorkflow, StartedRuns, StreamPage, UpdateOutcome, UpdateWorkflow,
        WorkflowDescription, WorkflowPage,
    },
};
use fast_temporal_protocol::{Json, v1::WorkflowDetails};
use futures_util::future::BoxFuture;
use jiff::Timestamp;

use super::{call::Call, fake_engine::FakeEngine, fake_source::FakeSource};

impl Engine for FakeEngine {
    fn namespace(&self) -> &Arc<str> {
        &self.namespace
    }

    fn check(&self) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.arrive(Call::Check, |_| {}))
    }

    fn start(&self, start: StartWorkflow) -> BoxFuture<'_, Result<StartOutcome, EngineError>> {
        Box::pin(self.start_workflow(start))
    }

    fn signal(&self, signal: SignalWorkflow) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.signal_workflow(signal))
    }

    fn update(&self, update: UpdateWorkflow) -> BoxFuture<'_, Result<UpdateOutcome, EngineError>> {
        Box::pin(self.update_workflow(update))
    }

    fn cancel(&self, cancel: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.cancel_workflow(cancel))
    }

    fn terminate(&self, terminate: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(self.terminate_workflow(terminate))
    }

    fn query(&self, query: Query) -> BoxFuture<'_, Result<Json, EngineError>> {
        Box::pin(self.query_workflow(query))
    }

    fn read_workflow_stream(
        &self,
        read: ReadWorkflowStream,
    ) -> BoxFuture<'_, Result<StreamPage, EngineError>> {
        Box::pin(self.read_hosted_stream(read))
    }

    fn describe<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDescription, EngineError>> {
        Box::pin(self.describe_run(workflow_id, run_id))
    }

    fn details<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDetails, EngineError>> {
        Box::pin(self.details_of(workflow_id, run_id))
    }

    fn predecessor<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, EngineError>> {
        Box::pin(async move {
            self.arrive(Call::Predecessor, |_| {}).await?;
            let state = self.state();
            let run = state.histories.run(workflow_id, Some(run_id))?;
            Ok(run.before.clone())
        })
    }

    fn runs_started_between<'a>(
        &'a self,
        workflow_id: &'a str,
        after: Timestamp,
        before: Timestamp,
        limit: usize,
    ) -> BoxFuture<'a, Result<StartedRuns, EngineError>> {
        Box::pin(async move {
            self.arrive(Call::StartedBetween, |_| {}).await?;
            if !is_searchable(workflow_id) {
                return Ok(StartedRuns {
                    run_ids: Vec::new(),
                    more: true,
                });
            }
            let state = self.state();
            let mut run_ids = state
                .histories
                .runs_started_between(workflow_id, after, before);
            let more = run_ids.len() > limit;
            run_ids.truncate(limit);
            Ok(StartedRuns { run_ids, more })
        })
    }

    fn list(&self, list: ListWorkflows) -> BoxFuture<'_, Result<WorkflowPage, EngineError>> {
        Box::pin(self.list_workflows(list))
    }

    fn open(&self, workflow_id: &Arc<str>, run_id: &Arc<str>) -> Box<dyn Source> {
        let (workflow_id, run_id) = (Arc::clone(workflow_id), Arc::clone(run_id));
        Box::new(FakeSource::new(self.clone(), workflow_id, run_id))
    }
}

/// Whether Temporal's visibility finds workflows of this id.
fn is_searchable(workflow_id: &str) -> bool {
    !workflow_id.contains(['"', '\\'])
        && !workflow_id.starts_with('\'')
        && !workflow_id.ends_with('\'')
}
