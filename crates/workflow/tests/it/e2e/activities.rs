//! Activities: results, callbacks, ids, failures.

use serde_json::{Value, json};
use temporalio_client::errors::WorkflowGetResultError;

use crate::support::test_env::{WorkflowRun, with_worker};

async fn current(handle: &WorkflowRun) -> (Value, String) {
    let current = handle.query("get_current_activity", &[]).await;
    let id = current["activity_id"].as_str().unwrap().to_owned();
    (current, id)
}

#[tokio::test]
async fn queries_of_the_python_package_return_status_and_results() {
    with_worker(async |env| {
        let input = json!({"name": "Ada", "status": "Done"});
        let handle = env.start("Callback", Some(input)).await;
        assert_eq!(
            handle.result().await.unwrap(),
            json!({"loud": "HELLO, ADA!"})
        );
        let (current, id) = current(&handle).await;
        assert_eq!(id, format!("greet_{}_0", handle.id()));
        let expected = json!({"current_activity": "greet", "status": "Done", "activity_id": id});
        assert_eq!(current, expected);
        let id = [json!(id)];
        assert_eq!(
            handle.query("get_callback_result", &id).await,
            "HELLO, ADA!"
        );
        assert_eq!(
            handle.query("get_activity_result", &id).await,
            "Hello, Ada!"
        );
        let unknown = [json!("nothing")];
        assert_eq!(
            handle.query("get_activity_result", &unknown).await,
            Value::Null
        );
        assert_eq!(
            handle.query("get_callback_result", &unknown).await,
            Value::Null
        );
    })
    .await;
}

#[tokio::test]
async fn custom_status_is_kept_and_written_to_the_memo() {
    with_worker(async |env| {
        let input = json!({"name": "Ada", "status": "Rejected"});
        let handle = env.start("Callback", Some(input)).await;
        handle.result().await.unwrap();
        assert_eq!(current(&handle).await.0["status"], "Rejected");
        let upserts = handle.memo_upserts().await;
        assert_eq!(upserts.last().unwrap().1, json!({"status": "Rejected"}));
    })
    .await;
}

#[tokio::test]
async fn parallel_activities_have_distinct_ids() {
    with_worker(async |env| {
        let handle = env.start("Parallel", Some(json!(["Ada", "Bob"]))).await;
        let result = handle.result().await.unwrap();
        let expected = json!({"greetings": ["Hello, Ada!", "Hello, Bob!"], "sum": 42});
        assert_eq!(result, expected);
        let activities = handle.query("get_activities", &[]).await;
        let views = activities.as_array().unwrap();
        let column = |key: &str| {
            views
                .iter()
                .map(|view| view[key].clone())
                .collect::<Vec<_>>()
        };
        let id = |name: &str, number: u32| json!(format!("{name}_{}_{number}", handle.id()));
        let ids = [id("greet", 0), id("greet", 1), id("add", 2)];
        assert_eq!(column("activity_id"), ids);
        assert_eq!(column("status"), ["Completed", "Completed", "Completed"]);
        assert_eq!(column("attempt"), [1, 1, 1]);
        for view in views {
            let times = [&view["scheduled_at"], &view["closed_at"]];
            assert!(times.iter().all(|time| time.is_string()), "{view}");
        }
        // All were scheduled before the first one closed.
        let last = column("scheduled_at").pop().unwrap();
        assert!(
            column("closed_at")
                .iter()
                .all(|time| time.as_str() >= last.as_str())
        );
    })
    .await;
}

#[tokio::test]
async fn unhandled_activity_failure_fails_the_workflow_with_its_cause() {
    with_worker(async |env| {
        let handle = env.start("Unhandled", None).await;
        let WorkflowGetResultError::Failed(failure) = handle.result().await.unwrap_err() else {
            panic!("the workflow did not fail");
        };
        assert!(format!("{failure:?}").contains("no funds"), "{failure:?}");
        assert_eq!(current(&handle).await.0["status"], "Failed");
    })
    .await;
}

#[tokio::test]
async fn handled_activity_failure_lets_the_workflow_complete() {
    with_worker(async |env| {
        let handle = env.start("Handled", None).await;
        let expected = json!({
            "first": "reject failed: first",
            "handled": "reject failed: second",
            "type": "Rejected",
        });
        assert_eq!(handle.result().await.unwrap(), expected);
        assert_eq!(current(&handle).await.0["status"], "Failed");
        let activities = handle.query("get_activities", &[]).await;
        assert_eq!(activities[0]["attempt"], 1);
        assert_eq!(activities[0]["error"], "first");
        assert_eq!(activities[1]["attempt"], 2);
        assert_eq!(activities[1]["maximum_attempts"], 2);
    })
    .await;
}
