//! What a case needs of an engine under test.

use std::sync::Arc;

use fast_temporal_core::Engine;

/// An engine, and the worker of its workflows, which does one thing at a time.
///
/// Unless stated otherwise, a method takes the workflow's next workflow task, so one must be pending:
/// after a start, a signal, or an activity that has closed.
#[expect(
    async_fn_in_trait,
    reason = "a test awaits them on its own thread, so they need not be `Send`"
)]
pub trait World {
    /// The engine. Its namespace is `default`.
    fn engine(&self) -> Arc<dyn Engine>;

    /// From now on, no worker takes any task.
    fn stop_workers(&mut self);

    /// Completes the workflow task without any commands.
    async fn complete_task(&mut self, workflow_id: &str);

    /// Fails the workflow task.
    async fn fail_task(&mut self, workflow_id: &str);

    /// Completes the workflow.
    async fn complete(&mut self, workflow_id: &str, result: &str);

    /// Fails the workflow with [`failure`](super::failure).
    async fn fail(&mut self, workflow_id: &str, message: &str);

    /// The same for a workflow that has a retry policy and attempts left.
    async fn fail_and_retry(&mut self, workflow_id: &str, message: &str);

    /// Closes the workflow as canceled.
    async fn cancel(&mut self, workflow_id: &str);

    /// Continues the workflow as new.
    async fn continue_as_new(&mut self, workflow_id: &str);

    /// Resets a run to its first completed workflow task. Returns the new run. Takes no workflow task.
    async fn reset(&mut self, workflow_id: &str, run_id: &str) -> Arc<str>;

    /// Schedules an activity that may be attempted three times.
    async fn schedule_activity(&mut self, workflow_id: &str, activity_type: &str);

    /// Starts the next attempt of the workflow's activity. Takes no workflow task, here and below.
    async fn start_activity(&mut self, workflow_id: &str);

    /// Records a heartbeat of the attempt that was started.
    async fn heartbeat(&mut self, workflow_id: &str, details: &str);

    /// Fails the attempt that was started with [`failure`](super::failure).
    async fn fail_attempt(&mut self, workflow_id: &str, message: &str);

    /// Completes the activity by the attempt that was started.
    async fn complete_activity(&mut self, workflow_id: &str, result: &str);

    /// Answers the next query. Await it together with the query, here and below.
    async fn answer_query(&mut self, result: &str);

    /// Answers the next query with [`failure`](super::failure).
    async fn fail_query(&mut self, message: &str);

    /// Answers the next query as a worker does that has no handler for it.
    async fn reject_query(&mut self);

    /// Accepts the next update. Await it together with the update, here and below.
    async fn accept_update(&mut self, workflow_id: &str);

    /// Accepts the next update and completes it with a result, or with [`failure`](super::failure).
    async fn complete_update(&mut self, workflow_id: &str, outcome: Result<&str, &str>);

    /// Rejects the next update with [`failure`](super::failure).
    async fn reject_update(&mut self, workflow_id: &str, message: &str);

    /// Completes the update that was accepted.
    async fn finish_update(&mut self, workflow_id: &str, update_id: &str, result: &str);

    /// From now on, a worker hosts the stream of each workflow: it takes all tasks, and answers at most
    /// three items at once.
    async fn host_streams(&mut self);

    /// Makes the workflow itself publish an item to its stream, under the topic `own`. Takes no workflow
    /// task.
    async fn publish(&mut self, workflow_id: &str, data: &str);
}
