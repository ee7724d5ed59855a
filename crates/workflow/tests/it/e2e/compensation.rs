//! Cancellation, and failure with compensations.

use serde_json::json;
use temporalio_client::errors::WorkflowGetResultError;

use crate::support::test_env::with_worker;

#[tokio::test]
async fn cancellation_cancels_activities_runs_the_hook_and_sets_the_status() {
    with_worker(async |env| {
        let handle = env.start("Cancel", None).await;
        handle.cancel_running("not needed").await;
        let error = handle.result().await.unwrap_err();
        assert!(
            matches!(error, WorkflowGetResultError::Cancelled { .. }),
            "{error:?}"
        );
        let current = handle.query("get_current_activity", &[]).await;
        assert_eq!(current["status"], "Canceled");
        let activities = handle.query("get_activities", &[]).await;
        assert_eq!(activities[0]["status"], "Canceled");
        let upserts = handle.memo_upserts().await;
        assert_eq!(upserts[0].1, json!({"status": "Canceled"}));
        let cancelled = async {
            while !env.notes.all().contains(&"linger was cancelled".to_owned()) {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let limit = std::time::Duration::from_secs(10);
        tokio::time::timeout(limit, cancelled).await.unwrap();
        let mut notes = env.notes.all();
        notes.retain(|note| note != "linger was cancelled");
        assert_eq!(notes, ["cancelled: not needed", "undone"]);
    })
    .await;
}

#[tokio::test]
async fn compensations_run_in_reverse_order_even_if_one_fails() {
    with_worker(async |env| {
        let handle = env.start("Saga", Some(json!(true))).await;
        let error = handle.result().await.unwrap_err();
        assert!(format!("{error:?}").contains("no funds"), "{error:?}");
        let steps = [
            "book flight",
            "book hotel",
            "book car",
            "cancel car",
            "cancel flight",
        ];
        assert_eq!(env.notes.all(), steps);
        let upserts = handle.memo_upserts().await;
        assert!(upserts[0].1["not_undone"][0].is_string(), "{upserts:?}");
    })
    .await;
}

#[tokio::test]
async fn successful_workflow_runs_no_compensations() {
    with_worker(async |env| {
        let handle = env.start("Saga", Some(json!(false))).await;
        assert_eq!(handle.result().await.unwrap(), "booked");
        assert_eq!(env.notes.all(), ["book flight", "book hotel", "book car"]);
        let current = handle.query("get_current_activity", &[]).await;
        assert_eq!(current["status"], "Done");
    })
    .await;
}
