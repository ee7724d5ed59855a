//! Temporal behaves as `core` and `server` rely on: the cases that also run on the fake engine.

use std::sync::Arc;

use fast_temporal_core::Engine;
use fast_temporal_testkit::{
    contract::{QUERY, world::World},
    contract_tests,
};

use crate::support::{
    Accepted, Attempt, StreamWorker, TestServer, Worker, start_with_dynamic_config,
};

contract_tests! { #[tokio::test] DevServerWorld::start().await }

/// A dev server, and a worker that takes one task after another.
struct DevServerWorld {
    server: TestServer,
    worker: Worker,
    attempt: Option<Attempt>,
    accepted: Option<Accepted>,
    stream_worker: Option<StreamWorker>,
}

impl DevServerWorld {
    async fn start() -> Self {
        // Long polls that end early: some cases wait for that, and requests have to be repeated.
        let setting = r#"history.longPollExpirationInterval="500ms""#;
        let server = start_with_dynamic_config(setting).await;
        Self {
            worker: Worker::new(&server),
            server,
            attempt: None,
            accepted: None,
            stream_worker: None,
        }
    }

    fn attempt(&mut self) -> Attempt {
        self.attempt.take().expect("an attempt was started")
    }
}

impl World for DevServerWorld {
    fn engine(&self) -> Arc<dyn Engine> {
        Arc::new(self.server.engine())
    }

    // The worker takes no task unless a case tells it to.
    fn stop_workers(&mut self) {}

    async fn complete_task(&mut self, _: &str) {
        self.worker.complete_task().await;
    }

    async fn fail_task(&mut self, _: &str) {
        self.worker.fail_task().await;
    }

    async fn complete(&mut self, _: &str, result: &str) {
        self.worker.complete_workflow(result).await;
    }

    async fn fail(&mut self, _: &str, message: &str) {
        self.worker.fail_workflow(message).await;
    }

    async fn fail_and_retry(&mut self, _: &str, message: &str) {
        self.worker.fail_workflow(message).await;
    }

    async fn cancel(&mut self, _: &str) {
        self.worker.cancel_workflow().await;
    }

    async fn continue_as_new(&mut self, _: &str) {
        self.worker.continue_as_new().await;
    }

    async fn reset(&mut self, workflow_id: &str, run_id: &str) -> Arc<str> {
        self.worker.reset(workflow_id, run_id).await.into()
    }

    async fn schedule_activity(&mut self, _: &str, activity_type: &str) {
        self.worker.schedule_activity(activity_type).await;
    }

    async fn start_activity(&mut self, _: &str) {
        self.attempt = Some(self.worker.start_activity().await);
    }

    async fn heartbeat(&mut self, _: &str, details: &str) {
        let attempt = self.attempt.as_ref().expect("an attempt was started");
        self.worker.heartbeat(attempt, details).await;
    }

    async fn fail_attempt(&mut self, _: &str, message: &str) {
        let attempt = self.attempt();
        self.worker.fail_attempt(attempt, message).await;
    }

    async fn complete_activity(&mut self, _: &str, result: &str) {
        let attempt = self.attempt();
        self.worker.complete_activity(attempt, result).await;
    }

    async fn answer_query(&mut self, result: &str) {
        self.worker.answer_query(Ok(result)).await;
    }

    async fn fail_query(&mut self, message: &str) {
        let failure = self.worker.failure(message);
        self.worker.fail_query(failure).await;
    }

    async fn reject_query(&mut self) {
        let message = format!("unknown queryType {QUERY}");
        self.worker.answer_query(Err(&message)).await;
    }

    async fn accept_update(&mut self, _: &str) {
        self.accepted = Some(self.worker.accept_update().await);
    }

    async fn complete_update(&mut self, _: &str, outcome: Result<&str, &str>) {
        self.worker.complete_update(outcome).await;
    }

    async fn reject_update(&mut self, _: &str, message: &str) {
        self.worker.reject_update(message).await;
    }

    async fn finish_update(&mut self, _: &str, _: &str, result: &str) {
        let accepted = self.accepted.take().expect("an update was accepted");
        self.worker.finish_update(accepted, Ok(result)).await;
    }

    async fn host_streams(&mut self) {
        self.stream_worker = Some(StreamWorker::start(&self.server));
    }

    async fn publish(&mut self, workflow_id: &str, data: &str) {
        self.worker.say(workflow_id, data).await;
    }
}
