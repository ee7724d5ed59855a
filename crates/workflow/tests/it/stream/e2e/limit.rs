//! Where Temporal's limits are, and beyond.

use fast_temporal_testkit::dev_server;
use fast_temporal_workflow::stream::{
    PublishError, Publisher, PublisherConfig, SubscribeError, SubscriberConfig,
};
use futures::StreamExt as _;
use serde_json::json;

use super::{
    fixture::{TASK_QUEUE, Workflow, connect, soon, with_worker},
    workflow::Command,
};

async fn server_with(limit: &str) -> dev_server::TestServer {
    dev_server::start_with(|config| {
        let words = ["--dynamic-config-value", limit];
        config.extra_args.extend(words.map(str::to_owned));
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_goes_on_where_the_workflow_takes_no_more_updates_at_all() {
    let server = server_with("history.maxTotalUpdates=3").await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let mut reader = workflow.read();
        for number in 0..6 {
            workflow.publish("t", number).await;
            assert_eq!(
                reader.items(1).await,
                [(number, "t".to_owned(), json!(number))]
            );
        }
        workflow.tell(Command::Finish).await;
        reader.ends().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_goes_on_beside_more_readers_than_can_wait() {
    let server = server_with("history.maxInFlightUpdates=2").await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let mut readers: Vec<_> = (0..4).map(|_| workflow.read()).collect();
        for number in 0..3 {
            workflow.publish("t", number).await;
            let all = readers.iter_mut().map(|reader| reader.items(1));
            for items in futures::future::join_all(all).await {
                assert_eq!(items, [(number, "t".to_owned(), json!(number))]);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workflow_that_is_not_there_is_neither_read_nor_published_to() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    let publisher = Publisher::new(&client, "nobody", PublisherConfig::default());
    publisher.publish("t", &1).await.unwrap();
    let error = soon("the end", publisher.close()).await.unwrap_err();
    assert!(matches!(error, PublishError::Refused(_)), "{error}");
    let mut reader = fast_temporal_workflow::stream::Subscriber::new(
        &client,
        "nobody",
        SubscriberConfig::default(),
    );
    let error = soon("the end", reader.next()).await.unwrap().unwrap_err();
    assert!(matches!(error, SubscribeError::NotFound(_)), "{error}");
}
