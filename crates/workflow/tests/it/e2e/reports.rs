//! Reports in the memo.

use serde_json::json;

use crate::support::test_env::with_worker;

#[tokio::test]
async fn reports_are_upserted_once_a_second_and_the_last_one_always() {
    with_worker(async |env| {
        let handle = env.start("Reports", Some(json!(20))).await;
        handle.result().await.unwrap();
        let upserts = handle.memo_upserts().await;
        let first = json!({"text": "step 0", "fraction": 0.0, "number": 0});
        assert_eq!(upserts[0].1, first);
        let last = json!({"text": "all said", "fraction": 1.0, "number": null});
        assert_eq!(upserts.last().unwrap().1, last);
        // All upserts except the last one are at least a second apart.
        assert!(upserts.len() > 2, "{upserts:?}");
        let times: Vec<i64> = upserts.iter().map(|(time, _)| *time).collect();
        for pair in times[..times.len() - 1].windows(2) {
            assert!(pair[1] - pair[0] >= 999, "{times:?}");
        }
    })
    .await;
}
