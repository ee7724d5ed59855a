//! The fake engine behaves as Temporal does: the cases that also run on a dev server.

use std::sync::Arc;

use fast_temporal_core::Engine;
use fast_temporal_protocol::event::{WorkflowFailed, WorkflowTaskFailed};
use fast_temporal_testkit::{
    contract::{QUERY, UPDATE, failure, json, world::World},
    contract_tests,
    fake::{Call, FakeEngine, FakeWorkflow},
};

contract_tests! { #[tokio::test(start_paused = true)] FakeWorld(FakeEngine::new()) }

/// The workers of a fake engine act at once, whatever tasks are pending.
struct FakeWorld(FakeEngine);

/// The type of the one activity that a case has at a time.
const ACTIVITY: &str = "charge";

impl FakeWorld {
    fn workflow(&self, workflow_id: &str) -> FakeWorkflow {
        self.0.find(workflow_id)
    }
}

impl World for FakeWorld {
    fn engine(&self) -> Arc<dyn Engine> {
        Arc::new(self.0.clone())
    }

    fn stop_workers(&mut self) {
        for call in [Call::Query, Call::ReadWorkflowStream, Call::Update] {
            self.0.hang(call);
        }
    }

    async fn complete_task(&mut self, workflow_id: &str) {
        self.workflow(workflow_id).complete_task();
    }

    async fn fail_task(&mut self, workflow_id: &str) {
        let workflow = self.workflow(workflow_id);
        let mut events = workflow.events().into_iter();
        // Temporal keeps only the first of several failures in history.
        if events.all(|event| event.data.type_name() != "workflow.task_failed") {
            workflow.push(WorkflowTaskFailed {
                cause: "WORKFLOW_WORKER_UNHANDLED_FAILURE".to_owned(),
                failure: None,
            });
        }
    }

    async fn complete(&mut self, workflow_id: &str, result: &str) {
        self.workflow(workflow_id).complete(json(result));
    }

    async fn fail(&mut self, workflow_id: &str, message: &str) {
        self.workflow(workflow_id).end_with(WorkflowFailed {
            failure: failure(message),
            new_run_id: None,
        });
    }

    async fn fail_and_retry(&mut self, workflow_id: &str, message: &str) {
        let _next_run = self.workflow(workflow_id).fail_and_retry(message);
    }

    async fn cancel(&mut self, workflow_id: &str) {
        self.workflow(workflow_id).cancel();
    }

    async fn continue_as_new(&mut self, workflow_id: &str) {
        let _next_run = self.workflow(workflow_id).continue_as_new();
    }

    async fn reset(&mut self, workflow_id: &str, run_id: &str) -> Arc<str> {
        let base = self.0.find_run(workflow_id, run_id);
        Arc::clone(base.reset(1).run_id())
    }

    async fn schedule_activity(&mut self, workflow_id: &str, activity_type: &str) {
        assert_eq!(activity_type, ACTIVITY);
        self.workflow(workflow_id).complete_task();
        self.workflow(workflow_id).schedule(activity_type);
    }

    async fn start_activity(&mut self, workflow_id: &str) {
        self.workflow(workflow_id).start_activity(ACTIVITY);
    }

    async fn heartbeat(&mut self, workflow_id: &str, details: &str) {
        let workflow = self.workflow(workflow_id);
        workflow.heartbeat(ACTIVITY, json(details));
    }

    async fn fail_attempt(&mut self, workflow_id: &str, message: &str) {
        let workflow = self.workflow(workflow_id);
        workflow.fail_attempt_with(ACTIVITY, failure(message));
    }

    async fn complete_activity(&mut self, workflow_id: &str, result: &str) {
        let workflow = self.workflow(workflow_id);
        workflow.complete_activity(ACTIVITY, json(result));
    }

    async fn answer_query(&mut self, result: &str) {
        self.0.answer(QUERY, json(result));
    }

    async fn fail_query(&mut self, message: &str) {
        self.0.fail_query(QUERY, failure(message));
    }

    // A fake worker has only the handlers that a test sets.
    async fn reject_query(&mut self) {}

    async fn accept_update(&mut self, _: &str) {
        self.0.accept_update(UPDATE);
    }

    async fn complete_update(&mut self, _: &str, outcome: Result<&str, &str>) {
        self.0
            .answer_update(UPDATE, outcome.map(json).map_err(failure));
    }

    async fn reject_update(&mut self, _: &str, message: &str) {
        self.0.reject_update(UPDATE, failure(message));
    }

    async fn finish_update(&mut self, workflow_id: &str, update_id: &str, result: &str) {
        let workflow = self.workflow(workflow_id);
        workflow.complete_update(update_id, Ok(json(result)));
    }

    async fn host_streams(&mut self) {
        self.0.stream_page(3);
    }

    async fn publish(&mut self, workflow_id: &str, data: &str) {
        self.workflow(workflow_id).publish("own", json(data));
    }
}
