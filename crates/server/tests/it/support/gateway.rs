//! A gateway on a free port, with a fake Temporal behind it.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use fast_temporal_core::{FeedConfig, Registry};
use fast_temporal_protocol::seed::SeedWorkflow;
use fast_temporal_server::{App, AppConfig, router, serve};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::Client;

pub struct Gateway {
    pub engine: FakeEngine,
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    router: Router,
    serving: JoinSet<io::Result<()>>,
}

/// A configuration with `Example` as the workflow, started by the signal `start`.
pub fn config() -> AppConfig {
    let mut config = AppConfig::default();
    config.seed.default_workflow = Some(SeedWorkflow {
        workflow_name: "Example".to_owned(),
        workflow_task_queue: "examples".to_owned(),
        start_signal_function: Some("start".to_owned()),
    });
    config
}

impl Gateway {
    pub async fn start() -> Self {
        Self::start_with(config()).await
    }

    pub async fn start_with(config: AppConfig) -> Self {
        Self::start_on(FakeEngine::new(), config).await
    }

    /// One more node before the same Temporal.
    pub async fn start_on(engine: FakeEngine, config: AppConfig) -> Self {
        Self::start_following(engine, config, FeedConfig::default()).await
    }

    /// A node that follows workflows in a way of its own.
    pub async fn start_following(
        engine: FakeEngine,
        config: AppConfig,
        follow: FeedConfig,
    ) -> Self {
        let registry = Registry::new(Arc::new(engine.clone()), follow);
        let app = App::new(config, registry);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut serving = JoinSet::new();
        serving.spawn(serve(listener, app.clone(), None, shutdown.clone()));
        Self {
            engine,
            address,
            shutdown,
            router: router(app),
            serving,
        }
    }

    /// Connects as a user of the seed's protocol.
    pub async fn connect(&self, user: &str) -> Client {
        Client::connect(&format!("ws://{}/ws/{user}", self.address))
            .await
            .unwrap()
    }

    /// The workflow that was started as the `number`th, from 1.
    pub async fn started(&self, number: usize) -> FakeWorkflow {
        let started = self.engine.started(number).await;
        self.engine.find(&started[number - 1].workflow_id)
    }

    /// Stops, and waits until all is over.
    pub async fn stop(&mut self) {
        self.shutdown.cancel();
        self.serving.join_next().await.unwrap().unwrap().unwrap();
    }

    /// A request without a socket.
    pub async fn request(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    pub async fn get(&self, uri: &str) -> Response<Body> {
        self.request(Request::get(uri).body(Body::empty()).unwrap())
            .await
    }
}

/// The status and the JSON of an answer.
pub async fn json(response: Response<Body>) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}
