//! Temporal's limits on updates, and missing workflows.

use fast_temporal_testkit::dev_server;
use fast_temporal_workflow::stream::{
    PublishError, Publisher, PublisherConfig, SubscribeError, Subscriber, SubscriberConfig,
};
use futures::StreamExt as _;
use serde_json::json;

use crate::support::{
    stream_workflow::with_rust_workflow_on,
    test_env::{connect_to, soon},
    workflow::manual_stream::Command,
};

async fn server_with(limit: &str) -> dev_server::TestServer {
    dev_server::start_with(|config| {
        let arguments = ["--dynamic-config-value", limit];
        config.extra_args.extend(arguments.map(str::to_owned));
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriber_continues_after_the_total_update_limit() {
    let server = server_with("history.maxTotalUpdates=3").await;
    with_rust_workflow_on(&server, async |workflow| {
        let mut subscriber = workflow.subscribe();
        for number in 0..6 {
            workflow.publish("t", number).await;
            subscriber.expect_item(number, "t", number).await;
        }
        workflow.send(Command::Finish).await;
        subscriber.expect_end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_subscribers_than_concurrent_updates_receive_all_items() {
    let server = server_with("history.maxInFlightUpdates=2").await;
    with_rust_workflow_on(&server, async |workflow| {
        let mut subscribers: Vec<_> = (0..4).map(|_| workflow.subscribe()).collect();
        for number in 0..3 {
            workflow.publish("t", number).await;
            let all = subscribers.iter_mut().map(|subscriber| subscriber.items(1));
            for items in futures::future::join_all(all).await {
                assert_eq!(items, [(number, "t".to_owned(), json!(number))]);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_workflow_is_an_error_for_publisher_and_subscriber() {
    let server = dev_server::start().await;
    let client = connect_to(&server).await;
    let publisher = Publisher::new(&client, "missing", PublisherConfig::default());
    publisher.publish("t", &1).await.unwrap();
    let error = soon("the end", publisher.close()).await.unwrap_err();
    assert!(matches!(error, PublishError::Rejected(_)), "{error}");
    let mut subscriber = Subscriber::new(&client, "missing", SubscriberConfig::default());
    let last = soon("the end", subscriber.next()).await;
    let error = last.unwrap().unwrap_err();
    assert!(matches!(error, SubscribeError::NotFound(_)), "{error}");
}
