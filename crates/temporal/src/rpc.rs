//! Requests to Temporal: what they share, their timeouts, and their errors.

use std::{future::Future, sync::Arc, time::Duration};

use fast_temporal_core::{EngineError, EngineErrorKind};
use temporalio_common::protos::temporal::api::common::v1::WorkflowExecution;
use tokio::time::timeout;
use tonic::{Request, Response, Status};

use crate::{codec::Codec, config::TemporalConfig, connect::Service, rpc_error::RpcError};

/// How long the client waits beyond the timeout that it sends: gRPC's own timeout includes neither
/// connecting nor reading the response.
const GRACE: Duration = Duration::from_millis(500);

/// The connection and the settings of requests. Shared by an engine and its sources.
pub(crate) struct Rpc {
    service: Service,
    pub(crate) namespace: Arc<str>,
    pub(crate) identity: String,
    pub(crate) request_timeout: Duration,
    pub(crate) codec: Codec,
}

impl Rpc {
    pub(crate) fn new(service: Service, config: TemporalConfig) -> Self {
        Self {
            service,
            namespace: config.namespace.into(),
            identity: config.identity,
            request_timeout: config.request_timeout,
            codec: Codec(config.codec),
        }
    }

    /// Returns the namespace as a field of a request.
    pub(crate) fn namespace(&self) -> String {
        self.namespace.as_ref().into()
    }

    /// Sends a request once. Fails after the usual timeout.
    pub(crate) async fn call<M, R, F>(
        &self,
        message: M,
        method: impl FnOnce(Service, Request<M>) -> F,
    ) -> Result<R, RpcError>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        self.call_within(self.request_timeout, message, method)
            .await
    }

    /// Sends a request once. Fails after `limit`.
    pub(crate) async fn call_within<M, R, F>(
        &self,
        limit: Duration,
        message: M,
        method: impl FnOnce(Service, Request<M>) -> F,
    ) -> Result<R, RpcError>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let mut request = Request::new(message);
        request.set_timeout(limit);
        match timeout(limit + GRACE, method(self.service.clone(), request)).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(RpcError::Status(status)),
            Err(_) => Err(RpcError::Engine(EngineError::new(
                EngineErrorKind::Timeout,
                format!("no answer within {:.1} s", limit.as_secs_f64()),
            ))),
        }
    }
}

/// Names a run in a request: the current one if `run_id` is `None`.
pub(crate) fn execution(workflow_id: &str, run_id: Option<&str>) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: run_id.unwrap_or_default().into(),
    }
}
