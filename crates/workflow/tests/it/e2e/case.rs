//! Corners of the base.

use serde_json::{Value, json};
use temporalio_client::errors::WorkflowGetResultError;
use temporalio_common::protos::temporal::api::failure::v1::failure::FailureInfo;

use crate::world::{Handle, World, with_worker};

async fn start(world: &World, case: &str) -> Handle {
    world.start("Case", Some(json!(case))).await
}

/// The message and the type by which a workflow failed.
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

async fn status(handle: &Handle) -> Value {
    handle.query("get_current_activity", &[]).await["status"].clone()
}

#[tokio::test]
async fn a_result_of_another_type_fails_the_workflow_which_undoes_its_steps() {
    with_worker(async |world| {
        let handle = start(&world, "a result of another type").await;
        let (message, kind) = failure(handle.result().await);
        assert!(message.contains("invalid type: string"), "{message}");
        assert_eq!(kind, "ResultType");
        assert_eq!(world.notes.all(), ["cancel flight"]);
    })
    .await;
}

#[tokio::test]
async fn a_failure_that_nobody_took_fails_the_workflow_however_its_run_ends() {
    with_worker(async |world| {
        for end in ["a value", "a next run"] {
            let handle = start(&world, &format!("a failure that nobody took, and {end}")).await;
            let expected = ("no funds".to_owned(), "Refused".to_owned());
            assert_eq!(failure(handle.result().await), expected, "{end}");
            assert_eq!(status(&handle).await, "Failed", "{end}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_set_of_the_end_goes_along_when_it_continues_as_new() {
    with_worker(async |world| {
        let handle = start(&world, "a result, and a next run").await;
        assert_eq!(handle.result().await.unwrap(), "of the first run");
        assert_eq!(status(&world.latest(&handle)).await, "Rejected");
        let handle = start(&world, "the next activity completes, and a next run").await;
        assert_eq!(handle.result().await.unwrap(), "Hello, Ada!");
    })
    .await;
}

#[tokio::test]
async fn a_callback_keeps_its_type_and_fails_as_the_activity() {
    with_worker(async |world| {
        let handle = start(&world, "a callback that fails").await;
        let expected = ("not like this".to_owned(), "NotSo".to_owned());
        assert_eq!(failure(handle.result().await), expected);
        let activities = handle.query("get_activities", &[]).await;
        assert_eq!(activities[0]["status"], "Failed");

        let case = "a callback, and a result of another type than it takes";
        let handle = start(&world, case).await;
        let expected = json!({"result": "Hello, Ada!", "kept": "Hello, Ada!", "removed": null});
        assert_eq!(handle.result().await.unwrap(), expected);
        let id = json!(format!("greet_{}_0", handle.id()));
        assert_eq!(handle.query("get_callback_result", &[id]).await, 11);
    })
    .await;
}

#[tokio::test]
async fn rolling_back_is_not_cancelled_with_the_workflow_and_counts_what_was_not_undone() {
    with_worker(async |world| {
        let handle = start(&world, "rolled back while it is cancelled").await;
        handle.cancel_running("not needed").await;
        assert_eq!(handle.result().await.unwrap(), json!({"not_undone": 1}));
        let mut notes = world.notes.all();
        notes.retain(|note| note != "linger was cancelled");
        assert_eq!(notes, ["cancel flight"]);
    })
    .await;
}

#[tokio::test]
async fn after_commit_there_is_no_way_back() {
    with_worker(async |world| {
        let handle = start(&world, "failed after there was no way back").await;
        assert_eq!(failure(handle.result().await).0, "no funds");
        assert_eq!(world.notes.all(), [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_hook_may_refuse_a_failure_and_is_not_asked_once_the_workflow_ends() {
    with_worker(async |world| {
        let handle = world.start("Hooked", Some(json!(false))).await;
        let expected = ("not like this".to_owned(), "NotSo".to_owned());
        assert_eq!(failure(handle.result().await), expected);

        let handle = world.start("Hooked", Some(json!(true))).await;
        handle.cancel_running("not needed").await;
        let error = handle.result().await.unwrap_err();
        assert!(
            matches!(error, WorkflowGetResultError::Cancelled { .. }),
            "{error:?}"
        );
        // The clean-up failed, too, and no hook made another ending of that.
        assert_eq!(status(&handle).await, "Canceled");
    })
    .await;
}
