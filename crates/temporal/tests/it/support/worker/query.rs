//! Answers to queries.

use temporalio_common::protos::temporal::api::{
    enums::v1::QueryResultType, failure::v1::Failure,
    workflowservice::v1::RespondQueryTaskCompletedRequest,
};

use super::{NAMESPACE, Worker};

impl Worker {
    /// Answers the next query: with a result, or with the text of an error.
    pub(crate) async fn answer_query(&mut self, answer: Result<&str, &str>) {
        let answer = match answer {
            Ok(result) => RespondQueryTaskCompletedRequest {
                completed_type: QueryResultType::Answered.into(),
                query_result: Some(self.json(result)),
                ..Default::default()
            },
            Err(message) => failed(message),
        };
        self.respond(answer).await;
    }

    /// Answers the next query with a failure.
    pub(crate) async fn fail_query(&mut self, failure: Failure) {
        self.respond(RespondQueryTaskCompletedRequest {
            failure: Some(failure.clone()),
            ..failed(&failure.message)
        })
        .await;
    }

    async fn respond(&mut self, answer: RespondQueryTaskCompletedRequest) {
        let task = self.poll().await;
        assert!(task.query.is_some(), "the task is a query");
        self.client
            .respond_query_task_completed(RespondQueryTaskCompletedRequest {
                namespace: NAMESPACE.into(),
                task_token: task.task_token,
                ..answer
            })
            .await
            .unwrap();
    }
}

fn failed(message: &str) -> RespondQueryTaskCompletedRequest {
    RespondQueryTaskCompletedRequest {
        completed_type: QueryResultType::Failed.into(),
        error_message: message.into(),
        ..Default::default()
    }
}
