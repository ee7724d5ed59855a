//! Continuing as new.

use fast_temporal_testkit::dev_server;
use serde_json::json;

use crate::world::{with_server, with_worker};

#[tokio::test]
async fn state_and_the_numbers_of_ids_go_along_when_it_continues_as_new() {
    with_worker(async |world| {
        let handle = world.start("Chain", Some(json!(0))).await;
        let id = handle.id();
        let ids = [0, 1, 2].map(|number| format!("greet_{id}_{number}"));
        assert_eq!(handle.result().await.unwrap(), json!(ids));
        // The last word of a run is said before it ends.
        let first = handle.memo_upserts().await;
        assert_eq!(first.last().unwrap().1["text"], "round 0 is over");
    })
    .await;
}

#[tokio::test]
async fn it_continues_as_new_where_temporal_suggests_it_and_not_before() {
    let server = dev_server::start_with(|config| {
        let suggest = "limit.historyCount.suggestContinueAsNew=20";
        config.extra_args = vec!["--dynamic-config-value".into(), suggest.into()];
    });
    with_server(server.await, async |world| {
        let handle = world.start("Suggested", Some(json!(6))).await;
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
