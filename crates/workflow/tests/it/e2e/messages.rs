//! Signals, updates and queries.

use serde_json::{Value, json};
use temporalio_client::{
    WorkflowGetResultOptions, WorkflowSignalOptions, WorkflowStartOptions,
    errors::{WorkflowQueryError, WorkflowUpdateError},
};
use temporalio_common::protos::temporal::api::failure::v1::failure::FailureInfo;

use crate::support::{
    test_env::{TASK_QUEUE, with_worker},
    workflow::Messages,
};

#[tokio::test]
async fn undecodable_signal_is_dropped_and_reported() {
    with_worker(async |env| {
        let handle = env.start("Messages", None).await;
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
        // A signal without an argument ignores one.
        handle.signal("stop", &[json!({"why": "enough"})]).await;
        assert_eq!(handle.result().await.unwrap(), 7);
        // The memo has one entry per dropped signal, or one for both.
        let upserts = handle.memo_upserts().await.into_iter();
        let mut entries = upserts.filter_map(|(_, changed)| changed.get("dropped_signal").cloned());
        // Without the reason: it quotes the argument, which not every reader of the memo may see.
        let expected = json!({"signal": "add_later", "count": 2});
        assert_eq!(entries.next_back().unwrap(), expected);
    })
    .await;
}

#[tokio::test]
async fn error_types_survive_an_update_and_its_validator() {
    with_worker(async |env| {
        let handle = env.start("Messages", None).await;
        let (_, kind, non_retryable) = update_failure(handle.update("order", &[json!(5)]).await);
        assert_eq!((&*kind, non_retryable), ("SoldOut", true));
        let (message, kind, _) = update_failure(handle.update("order", &[json!(0)]).await);
        assert_eq!((&*message, &*kind), ("order something", "Nothing"));
        handle.signal("add", &[json!(5)]).await;
        assert_eq!(handle.update("order", &[json!(2)]).await.unwrap(), 3);
        handle.signal("stop", &[]).await;
        handle.result().await.unwrap();
    })
    .await;
}

// Covers OP-36.
#[tokio::test]
async fn failed_query_returns_its_error() {
    with_worker(async |env| {
        let handle = env.start("Messages", None).await;
        assert_eq!(handle.query("half", &[]).await, 0);
        handle.signal("add", &[json!(3)]).await;
        assert_eq!(
            query_error(handle.try_query("half", &[]).await),
            "an odd total (type: Odd, retryable: true)"
        );
        assert_eq!(handle.query("share", &[json!(2)]).await, 1);
        assert_eq!(
            query_error(handle.try_query("share", &[json!(0)]).await),
            "unknown (type: Unknown, retryable: false)"
        );
        handle.signal("stop", &[]).await;
        handle.result().await.unwrap();
    })
    .await;
}

fn query_error(answer: Result<Value, WorkflowQueryError>) -> String {
    match answer {
        Err(WorkflowQueryError::Rpc(status)) => status.message().to_owned(),
        other => panic!("the query was rejected: {other:?}"),
    }
}

fn update_failure(answer: Result<Value, WorkflowUpdateError>) -> (String, String, bool) {
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
async fn rust_clients_send_signals_by_typed_constants() {
    with_worker(async |env| {
        let options = WorkflowStartOptions::new(TASK_QUEUE, "typed").build();
        let started = env.client().start_workflow(Messages::run, (), options);
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
