//! A request to Temporal: its timeout, its error, and what all requests share.

mod codec;
mod history;
mod status;

use std::{future::Future, sync::Arc, time::Duration};

use fast_temporal_core::{EngineError, EngineErrorKind};
use tokio::time::timeout;
use tonic::{Request, Response, Status};

use self::codec::Codec;
pub(crate) use self::{
    history::{HistoryPosition, events},
    status::RpcError,
};
use crate::connect::Service;

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
    pub(crate) fn new(service: Service, config: crate::config::TemporalConfig) -> Self {
        Self {
            service,
            namespace: config.namespace.into(),
            identity: config.identity,
            request_timeout: config.request_timeout,
            codec: Codec::new(config.codec),
        }
    }

    /// Sends a request once. Fails after `limit`.
    pub(crate) async fn call<M, R, F>(
        &self,
        limit: Duration,
        message: M,
        method: impl FnOnce(Service, Request<M>) -> F,
    ) -> Result<R, EngineError>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let outcome = self.try_call(limit, message, method).await;
        outcome.map_err(EngineError::from)
    }

    /// The same with an error whose details the caller can read.
    pub(crate) async fn try_call<M, R, F>(
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
