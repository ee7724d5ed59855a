//! The stream of a workflow with a base.

use fast_temporal_workflow::stream::{
    PUBLISH, Publisher, PublisherConfig, Subscriber, SubscriberConfig,
};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::support::test_env::with_worker;

#[tokio::test]
async fn base_keeps_its_stream_across_runs_and_ends_polls_before_it_closes() {
    with_worker(async |env| {
        let handle = env.start("Streaming", Some(json!(0))).await;
        let config = SubscriberConfig::default();
        let mut items = Subscriber::new(env.client(), handle.id(), config);
        let mut seen = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.unwrap();
            seen.push((item.topic.clone(), item.value::<Value>().unwrap()));
            if seen.len() == 2 {
                let config = PublisherConfig::default();
                let publisher = Publisher::new(env.client(), handle.id(), config);
                publisher
                    .publish("outside", &"hello".to_owned())
                    .await
                    .unwrap();
                publisher.close().await.unwrap();
            }
            if seen.len() == 3 {
                env.latest(&handle).signal("end", &[]).await;
            }
        }
        let expected = [
            ("rounds".to_owned(), json!(0)),
            ("rounds".to_owned(), json!(1)),
            ("outside".to_owned(), json!("hello")),
        ];
        assert_eq!(seen, expected);
        assert_eq!(handle.result().await.unwrap(), "over");
    })
    .await;
}

#[tokio::test]
async fn dropped_stream_items_are_listed_with_the_dropped_signals() {
    with_worker(async |env| {
        let handle = env.start("Streaming", Some(json!(1))).await;
        handle.signal(PUBLISH, &[json!({"items": 7})]).await;
        let items = json!({"items": [{"topic": "t", "data": "?"}]});
        handle.signal(PUBLISH, &[items]).await;
        let dropped = handle.query("get_dropped_signals", &[]).await;
        let expected = [
            "invalid batch of stream items: ",
            "invalid payloads of stream items: 1",
        ];
        for (number, error) in expected.into_iter().enumerate() {
            assert_eq!(dropped[number]["signal"], PUBLISH);
            let reason = dropped[number]["error"].as_str().unwrap();
            assert!(reason.starts_with(error), "{reason}");
        }
        handle.signal("end", &[]).await;
        assert_eq!(handle.result().await.unwrap(), "over");
        let upserts = handle.memo_upserts().await.into_iter();
        let mut entries = upserts.filter_map(|(_, changed)| changed.get("dropped_signal").cloned());
        assert_eq!(entries.next_back().unwrap()["signal"], PUBLISH);
    })
    .await;
}
