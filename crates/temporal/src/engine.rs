//! The engine that is a real Temporal cluster.

mod command;
mod describe;
mod details;
mod list;
mod predecessor;
mod query;
mod read_workflow_stream;
mod runs_started_between;
mod send_update;
mod start;

use std::{fmt, sync::Arc, time::Duration};

use fast_temporal_core::{
    BoxFuture, Engine, EngineError,
    engine::{
        CloseWorkflow, ListWorkflows, Query, ReadWorkflowStream, SignalWorkflow, Source,
        StartOutcome, StartWorkflow, StartedRuns, StreamPage, UpdateOutcome, UpdateWorkflow,
        WorkflowDescription, WorkflowPage,
    },
};
use fast_temporal_protocol::{Json, v1::WorkflowDetails};
use jiff::Timestamp;
use temporalio_common::protos::temporal::api::workflowservice::v1::DescribeNamespaceRequest;

use crate::{
    config::TemporalConfig,
    connect::{self, ConnectError},
    rpc::Rpc,
    source::HistorySource,
};

/// The longest timeout of a check: health probes have short ones themselves.
const CHECK_LIMIT: Duration = Duration::from_secs(3);

/// A Temporal cluster. A cheap handle: clones share one connection.
#[derive(Clone)]
pub struct TemporalEngine {
    rpc: Arc<Rpc>,
}

impl TemporalEngine {
    /// Makes an engine that connects at its first request, and reconnects whenever the connection is
    /// lost. Temporal need not be reachable. Must be called within a tokio runtime.
    pub fn new(config: TemporalConfig) -> Result<Self, ConnectError> {
        let service = connect::service(&config)?;
        Ok(Self {
            rpc: Arc::new(Rpc::new(service, config)),
        })
    }

    /// Makes an engine and checks that Temporal answers and knows the namespace.
    pub async fn connect(config: TemporalConfig) -> Result<Self, ConnectError> {
        let engine = Self::new(config)?;
        engine.check().await?;
        Ok(engine)
    }
}

impl fmt::Debug for TemporalEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TemporalEngine")
            .field("namespace", &self.rpc.namespace)
            .finish()
    }
}

impl Engine for TemporalEngine {
    fn namespace(&self) -> &Arc<str> {
        &self.rpc.namespace
    }

    fn check(&self) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(async move {
            let rpc = &self.rpc;
            let request = DescribeNamespaceRequest {
                namespace: rpc.namespace(),
                ..Default::default()
            };
            let limit = rpc.request_timeout.min(CHECK_LIMIT);
            rpc.call_within(limit, request, async |mut service, request| {
                service.describe_namespace(request).await
            })
            .await?;
            Ok(())
        })
    }

    fn start(&self, start: StartWorkflow) -> BoxFuture<'_, Result<StartOutcome, EngineError>> {
        Box::pin(start::start(&self.rpc, start))
    }

    fn signal(&self, signal: SignalWorkflow) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(command::signal(&self.rpc, signal))
    }

    fn update(&self, update: UpdateWorkflow) -> BoxFuture<'_, Result<UpdateOutcome, EngineError>> {
        Box::pin(send_update::update(&self.rpc, update))
    }

    fn cancel(&self, cancel: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(command::cancel(&self.rpc, cancel))
    }

    fn terminate(&self, terminate: CloseWorkflow) -> BoxFuture<'_, Result<(), EngineError>> {
        Box::pin(command::terminate(&self.rpc, terminate))
    }

    fn details<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDetails, EngineError>> {
        Box::pin(details::details(&self.rpc, workflow_id, run_id))
    }

    fn query(&self, query: Query) -> BoxFuture<'_, Result<Json, EngineError>> {
        Box::pin(query::query(&self.rpc, query))
    }

    fn read_workflow_stream(
        &self,
        read: ReadWorkflowStream,
    ) -> BoxFuture<'_, Result<StreamPage, EngineError>> {
        Box::pin(read_workflow_stream::read_workflow_stream(&self.rpc, read))
    }

    fn describe<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: Option<&'a str>,
    ) -> BoxFuture<'a, Result<WorkflowDescription, EngineError>> {
        Box::pin(describe::describe(&self.rpc, workflow_id, run_id))
    }

    fn predecessor<'a>(
        &'a self,
        workflow_id: &'a str,
        run_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Arc<str>>, EngineError>> {
        Box::pin(predecessor::predecessor(&self.rpc, workflow_id, run_id))
    }

    fn runs_started_between<'a>(
        &'a self,
        workflow_id: &'a str,
        after: Timestamp,
        before: Timestamp,
        limit: usize,
    ) -> BoxFuture<'a, Result<StartedRuns, EngineError>> {
        Box::pin(runs_started_between::runs_started_between(
            &self.rpc,
            workflow_id,
            after,
            before,
            limit,
        ))
    }

    fn list(&self, list: ListWorkflows) -> BoxFuture<'_, Result<WorkflowPage, EngineError>> {
        Box::pin(list::list(&self.rpc, list))
    }

    fn open(&self, workflow_id: &Arc<str>, run_id: &Arc<str>) -> Box<dyn Source> {
        Box::new(HistorySource::new(
            self.rpc.clone(),
            workflow_id.clone(),
            run_id.clone(),
        ))
    }
}
