//! Continue-as-new, and reports in the memo.

use fast_temporal_testkit::dev_server;
use serde_json::json;

use crate::support::test_env::{with_server, with_worker};

#[tokio::test]
async fn continue_as_new_keeps_state_and_activity_numbering() {
    with_worker(async |env| {
        let handle = env.start("Chain", Some(json!(0))).await;
        let id = handle.id();
        let ids = [0, 1, 2].map(|number| format!("greet_{id}_{number}"));
        assert_eq!(handle.result().await.unwrap(), json!(ids));
        // The last report of a run is written before the run closes.
        let first = handle.memo_upserts().await;
        assert_eq!(first.last().unwrap().1["text"], "round 0 is over");
    })
    .await;
}

#[tokio::test]
async fn continues_as_new_when_temporal_suggests_it_and_not_before() {
    let server = dev_server::start_with(|config| {
        let suggest = "limit.historyCount.suggestContinueAsNew=20";
        config.extra_args = vec!["--dynamic-config-value".into(), suggest.into()];
    });
    with_server(server.await, async |env| {
        let handle = env.start("Suggested", Some(json!(6))).await;
        let result = handle.result().await.unwrap();
        assert_eq!(result["done"], 6);
        let in_last = result["in_this_run"].as_u64().unwrap();
        assert!(in_last < 6, "{result}");
        let events = handle.events().await.len();
        assert!(
            (20..40).contains(&events),
            "the first run ended in time: {events}"
        );
    })
    .await;
}

#[tokio::test]
async fn reports_are_upserted_once_a_second_and_the_last_one_always() {
    with_worker(async |env| {
        let handle = env.start("Reports", Some(json!(20))).await;
        handle.result().await.unwrap();
        let upserts = handle.memo_upserts().await;
        let first = json!({"text": "step 0", "fraction": 0.0, "number": 0});
        assert_eq!(upserts[0].1, first);
        let last = json!({"text": "all reported", "fraction": 1.0, "number": null});
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
