//! The stream that comes with the base.

use fast_temporal_workflow::stream::{Publisher, PublisherConfig, Subscriber, SubscriberConfig};
use futures::StreamExt as _;
use serde_json::{Value, json};

use crate::world::with_worker;

#[tokio::test]
async fn the_base_hosts_a_stream_over_runs_and_lets_readers_go_at_the_end() {
    with_worker(async |world| {
        let handle = world.start("Streaming", Some(json!(0))).await;
        let config = SubscriberConfig::default();
        let mut items = Subscriber::new(world.client(), handle.id(), config);
        let mut seen = Vec::new();
        while let Some(item) = items.next().await {
            let item = item.unwrap();
            seen.push((item.topic.clone(), item.value::<Value>().unwrap()));
            if seen.len() == 2 {
                let config = PublisherConfig::default();
                let publisher = Publisher::new(world.client(), handle.id(), config);
                publisher
                    .publish("outside", &"hello".to_owned())
                    .await
                    .unwrap();
                publisher.close().await.unwrap();
            }
            if seen.len() == 3 {
                world.latest(&handle).signal("end", &[]).await;
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
