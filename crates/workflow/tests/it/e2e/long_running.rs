//! Continue-as-new.

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
