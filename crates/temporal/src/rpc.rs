//! One request to Temporal: its time limit, its error, and what all requests share.

mod codec;
mod history;
mod status;

use std::{future::Future, sync::Arc, time::Duration};

use fast_temporal_core::{EngineError, EngineErrorKind};
use tokio::time::timeout;
use tonic::{Request, Response, Status};

use self::codec::Codec;
pub(crate) use self::{
    history::{HistoryPlace, events},
    status::{Failed, with_causes},
};
use crate::connect::Service;

/// What the client waits beyond the limit that Temporal is told: gRPC's own limit counts neither
/// the dialling nor the reading of the answer.
const GRACE: Duration = Duration::from_millis(500);

/// What requests are made with. Shared by an engine and its sources.
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

    /// Makes one attempt at a request that must be answered within `limit`.
    pub(crate) async fn call<M, R, F>(
        &self,
        limit: Duration,
        message: M,
        method: impl FnOnce(Service, Request<M>) -> F,
    ) -> Result<R, EngineError>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let outcome = self.attempt(limit, message, method).await;
        outcome.map_err(EngineError::from)
    }

    /// The same, for whoever reads the details of a refusal.
    pub(crate) async fn attempt<M, R, F>(
        &self,
        limit: Duration,
        message: M,
        method: impl FnOnce(Service, Request<M>) -> F,
    ) -> Result<R, Failed>
    where
        F: Future<Output = Result<Response<R>, Status>>,
    {
        let mut request = Request::new(message);
        request.set_timeout(limit);
        match timeout(limit + GRACE, method(self.service.clone(), request)).await {
            Ok(Ok(response)) => Ok(response.into_inner()),
            Ok(Err(status)) => Err(Failed::Refused(status)),
            Err(_) => Err(Failed::Other(EngineError::new(
                EngineErrorKind::Timeout,
                format!("no answer within {:.1} s", limit.as_secs_f64()),
            ))),
        }
    }
}
