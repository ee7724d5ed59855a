//! Activities: scheduling one, and its attempts.

use std::time::Duration;

use temporalio_common::protos::temporal::api::{
    common::v1::{ActivityType, RetryPolicy},
    workflowservice::v1::{
        PollActivityTaskQueueRequest, RecordActivityTaskHeartbeatRequest,
        RespondActivityTaskCompletedRequest, RespondActivityTaskFailedRequest,
    },
};

use super::{NAMESPACE, Worker, command, task_queue};

/// An attempt of an activity that the worker has started.
pub(crate) struct Attempt(Vec<u8>);

impl Worker {
    /// Schedules an activity from the next workflow task, with three attempts at most.
    pub(crate) async fn schedule_activity(&mut self, activity_type: &str) {
        let name = activity_type.into();
        let retry_policy = RetryPolicy {
            initial_interval: Duration::from_millis(100).try_into().ok(),
            maximum_attempts: 3,
            ..Default::default()
        };
        self.answer(command!(
            ScheduleActivityTask,
            ScheduleActivityTaskCommandAttributes {
                activity_id: "1".into(),
                activity_type: Some(ActivityType { name }),
                task_queue: Some(task_queue()),
                start_to_close_timeout: Duration::from_mins(1).try_into().ok(),
                heartbeat_timeout: Duration::from_mins(1).try_into().ok(),
                retry_policy: Some(retry_policy),
            }
        ))
        .await;
    }

    /// Starts the next activity task.
    pub(crate) async fn start_activity(&mut self) -> Attempt {
        let mut request = tonic::Request::new(PollActivityTaskQueueRequest {
            namespace: NAMESPACE.into(),
            task_queue: Some(task_queue()),
            ..Default::default()
        });
        request.set_timeout(Duration::from_mins(1));
        let task = self.client.poll_activity_task_queue(request).await;
        let token = task.unwrap().into_inner().task_token;
        assert!(!token.is_empty(), "a task came within the server's limit");
        Attempt(token)
    }

    pub(crate) async fn heartbeat(&mut self, attempt: &Attempt, details: &str) {
        let request = RecordActivityTaskHeartbeatRequest {
            namespace: NAMESPACE.into(),
            task_token: attempt.0.clone(),
            details: Some(self.json(details)),
            ..Default::default()
        };
        let recorded = self.client.record_activity_task_heartbeat(request).await;
        recorded.unwrap();
    }

    pub(crate) async fn complete_activity(&mut self, attempt: Attempt, result: &str) {
        let request = RespondActivityTaskCompletedRequest {
            namespace: NAMESPACE.into(),
            task_token: attempt.0,
            result: Some(self.json(result)),
            ..Default::default()
        };
        let completed = self.client.respond_activity_task_completed(request).await;
        completed.unwrap();
    }

    pub(crate) async fn fail_attempt(&mut self, attempt: Attempt, message: &str) {
        let request = RespondActivityTaskFailedRequest {
            namespace: NAMESPACE.into(),
            task_token: attempt.0,
            failure: Some(self.failure(message)),
            ..Default::default()
        };
        let failed = self.client.respond_activity_task_failed(request).await;
        failed.unwrap();
    }
}
