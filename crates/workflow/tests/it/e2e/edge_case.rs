//! Edge cases of the base.

use serde_json::{Value, json};
use temporalio_client::errors::WorkflowGetResultError;
use temporalio_common::protos::temporal::api::failure::v1::failure::FailureInfo;

use crate::support::test_env::{TestEnv, WorkflowRun, with_worker};

async fn start(env: &TestEnv, case: &str) -> WorkflowRun {
    env.start("EdgeCase", Some(json!(case))).await
}

/// Returns the message and the type of a workflow's failure.
fn failure(result: Result<Value, WorkflowGetResultError>) -> (String, String) {
    let Err(WorkflowGetResultError::Failed(failure)) = result else {
        panic!("the workflow failed: {result:?}");
    };
    let mut failure = failure.failure().clone();
    while let Some(cause) = failure.cause.take() {
        failure = *cause;
    }
    match failure.failure_info {
        Some(FailureInfo::ApplicationFailureInfo(info)) => (failure.message, info.r#type),
        other => panic!("an application's failure: {other:?}"),
    }
}

async fn status(handle: &WorkflowRun) -> Value {
    handle.query("get_current_activity", &[]).await["status"].clone()
}

#[tokio::test]
async fn undecodable_result_fails_the_workflow_and_runs_compensations() {
    with_worker(async |env| {
        let handle = start(&env, "a result of another type").await;
        let (message, kind) = failure(handle.result().await);
        assert!(message.contains("invalid type: string"), "{message}");
        assert_eq!(kind, "ResultType");
        assert_eq!(env.notes.all(), ["cancel flight"]);
    })
    .await;
}

#[tokio::test]
async fn unhandled_activity_failure_fails_the_workflow_whatever_run_returns() {
    with_worker(async |env| {
        for end in ["a result", "continue-as-new"] {
            let handle = start(&env, &format!("an unhandled failure, then {end}")).await;
            let expected = ("no funds".to_owned(), "Rejected".to_owned());
            assert_eq!(failure(handle.result().await), expected, "{end}");
            assert_eq!(status(&handle).await, "Failed", "{end}");
        }
    })
    .await;
}

#[tokio::test]
async fn continue_as_new_keeps_a_result_that_is_already_set() {
    with_worker(async |env| {
        let handle = start(&env, "a result, then continue-as-new").await;
        assert_eq!(handle.result().await.unwrap(), "of the first run");
        assert_eq!(status(&env.latest(&handle)).await, "Rejected");
        let handle = start(&env, "the next activity completes, then continue-as-new").await;
        assert_eq!(handle.result().await.unwrap(), "Hello, Ada!");
    })
    .await;
}

#[tokio::test]
async fn callback_keeps_its_argument_type_and_its_failure_counts_as_the_activitys() {
    with_worker(async |env| {
        let handle = start(&env, "a callback that fails").await;
        let expected = ("rejected".to_owned(), "Rejected".to_owned());
        assert_eq!(failure(handle.result().await), expected);
        let activities = handle.query("get_activities", &[]).await;
        assert_eq!(activities[0]["status"], "Failed");

        let case = "a callback, and another result type";
        let handle = start(&env, case).await;
        let expected = json!({"result": "Hello, Ada!", "kept": "Hello, Ada!", "removed": null});
        assert_eq!(handle.result().await.unwrap(), expected);
        let id = json!(format!("greet_{}_0", handle.id()));
        assert_eq!(handle.query("get_callback_result", &[id]).await, 11);
    })
    .await;
}

#[tokio::test]
async fn rollback_runs_during_cancellation_and_counts_failed_compensations() {
    with_worker(async |env| {
        let handle = start(&env, "rolled back during cancellation").await;
        handle.cancel_running("not needed").await;
        assert_eq!(handle.result().await.unwrap(), json!({"not_undone": 1}));
        let mut notes = env.notes.all();
        notes.retain(|note| note != "linger was cancelled");
        assert_eq!(notes, ["cancel flight"]);
    })
    .await;
}

#[tokio::test]
async fn commit_removes_the_compensations() {
    with_worker(async |env| {
        let handle = start(&env, "failed after commit").await;
        assert_eq!(failure(handle.result().await).0, "no funds");
        assert_eq!(env.notes.all(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn activity_error_hook_can_fail_the_workflow_and_does_not_run_while_it_closes() {
    with_worker(async |env| {
        let handle = env.start("Hooked", Some(json!(false))).await;
        let expected = ("rejected".to_owned(), "Rejected".to_owned());
        assert_eq!(failure(handle.result().await), expected);

        let handle = env.start("Hooked", Some(json!(true))).await;
        handle.cancel_running("not needed").await;
        let error = handle.result().await.unwrap_err();
        assert!(
            matches!(error, WorkflowGetResultError::Cancelled { .. }),
            "{error:?}"
        );
        // `#[on_cancel]` failed, too, which does not change the status.
        assert_eq!(status(&handle).await, "Canceled");
    })
    .await;
}
