//! Signals and updates.

use serde_json::{Value, json};
use temporalio_client::{
    WorkflowGetResultOptions, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowQueryError, WorkflowUpdateError},
};
use temporalio_common::protos::temporal::api::failure::v1::failure::FailureInfo;

use crate::{workflow::Messages, world::with_worker};

#[tokio::test]
async fn a_signal_that_does_not_decode_is_dropped_and_the_workflow_lives() {
    with_worker(async |world| {
        let handle = world.start("Messages", None).await;
        handle.signal("add", &[json!("seven")]).await;
        handle.signal("add_later", &[json!(1), json!(2)]).await;
        handle.signal("add", &[json!(3)]).await;
        handle.signal("add_later", &[json!(4)]).await;
        handle.query_until("total", |total| *total == 7).await;
        let dropped = handle.query("get_dropped_signals", &[]).await;
        assert_eq!(dropped[0]["signal"], "add");
        let error = dropped[0]["error"].as_str().unwrap();
        assert!(error.contains("invalid type: string \"seven\""), "{error}");
        assert_eq!(dropped[1]["signal"], "add_later");
        // A signal that takes nothing is not kept from it by an argument.
        handle.signal("stop", &[json!({"why": "enough"})]).await;
        assert_eq!(handle.result().await.unwrap(), 7);
        // The memo tells of both, or of the last one alone where they came at once.
        let told = handle.memo_upserts().await.into_iter();
        let mut told = told.filter_map(|(_, changed)| changed.get("dropped_signal").cloned());
        // Not why: that quotes the argument, which not everybody may see.
        let expected = json!({"signal": "add_later", "count": 2});
        assert_eq!(told.next_back().unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn error_types_survive_an_update_and_its_validator() {
    with_worker(async |world| {
        let handle = world.start("Messages", None).await;
        let (_, kind, non_retryable) = failed(handle.update("order", &[json!(5)]).await);
        assert_eq!((&*kind, non_retryable), ("SoldOut", true));
        let (message, kind, _) = failed(handle.update("order", &[json!(0)]).await);
        assert_eq!((&*message, &*kind), ("order something", "Nothing"));
        handle.signal("add", &[json!(5)]).await;
        assert_eq!(handle.update("order", &[json!(2)]).await.unwrap(), 3);
        handle.signal("stop", &[]).await;
        handle.result().await.unwrap();
    })
    .await;
}

// Covers OP-20.
#[tokio::test]
async fn a_query_that_fails_says_why() {
    with_worker(async |world| {
        let handle = world.start("Messages", None).await;
        assert_eq!(handle.query("half", &[]).await, 0);
        handle.signal("add", &[json!(3)]).await;
        assert_eq!(
            refused(handle.try_query("half", &[]).await),
            "an odd total (type: Odd, retryable: true)"
        );
        assert_eq!(handle.query("share", &[json!(2)]).await, 1);
        assert_eq!(
            refused(handle.try_query("share", &[json!(0)]).await),
            "nobody (type: Nobody, retryable: false)"
        );
        handle.signal("stop", &[]).await;
        handle.result().await.unwrap();
    })
    .await;
}

fn refused(answer: Result<Value, WorkflowQueryError>) -> String {
    match answer {
        Err(WorkflowQueryError::Rpc(status)) => status.message().to_owned(),
        other => panic!("the query was refused: {other:?}"),
    }
}

fn failed(answer: Result<Value, WorkflowUpdateError>) -> (String, String, bool) {
    let Err(WorkflowUpdateError::Failed(failure)) = answer else {
        panic!("the update failed: {answer:?}");
    };
    let Some(FailureInfo::ApplicationFailureInfo(info)) = &failure.failure_info else {
        panic!("{failure:?}");
    };
    (
        failure.message.clone(),
        info.r#type.clone(),
        info.non_retryable,
    )
}

#[tokio::test]
async fn clients_in_rust_name_signals_by_their_methods_with_the_arguments_own_type() {
    with_worker(async |world| {
        let options = WorkflowStartOptions::new("workflow-tests", "typed").build();
        let started = world.client().start_workflow(Messages::run, (), options);
        let handle = started.await.unwrap();
        let options = WorkflowSignalOptions::default();
        handle.signal(Messages::add, 3, options).await.unwrap();
        let options = WorkflowSignalOptions::default();
        handle.signal(Messages::stop, (), options).await.unwrap();
        assert_eq!(
            handle
                .get_result(WorkflowGetResultOptions::default())
                .await
                .unwrap(),
            3
        );
    })
    .await;
}
