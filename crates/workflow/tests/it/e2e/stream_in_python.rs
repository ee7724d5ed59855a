//! A workflow in Python, with a publisher and a subscriber in Rust.

use fast_temporal_workflow::stream::{
    self, ClientSink, Origin, Publisher, PublisherConfig, SubscribeError, SubscriberConfig,
};
use serde_json::json;

use crate::support::{
    python_program::Program, stream_sample::batch, stream_workflow::with_python_workflow,
    workflow::manual_stream::Command,
};

#[tokio::test(flavor = "multi_thread")]
async fn rust_publishes_to_and_reads_a_python_workflow_across_runs() {
    with_python_workflow(async |_, workflow| {
        let mut subscriber = workflow.subscribe();

        workflow.publish("status", "started").await;
        subscriber.expect_item(0, "status", "started").await;
        let publisher = workflow.publisher();
        for number in 0..10 {
            publisher
                .publish("rust", &json!({"number": number}))
                .await
                .unwrap();
        }
        publisher.flush().await.unwrap();
        for (number, item) in (0_u64..).zip(subscriber.items(10).await) {
            assert_eq!(
                item,
                (number + 1, "rust".to_owned(), json!({"number": number}))
            );
        }
        workflow.send(Command::Count { to: 3 }).await;
        for (number, item) in (0_u64..).zip(subscriber.items(3).await) {
            assert_eq!(item, (number + 11, "numbers".to_owned(), json!(number)));
        }

        // The publisher continues with its sequence numbers.
        workflow.send(Command::Continue).await;
        publisher
            .publish("rust", &json!("continued"))
            .await
            .unwrap();
        publisher.close().await.unwrap();
        subscriber.expect_item(14, "rust", "continued").await;

        workflow.publish("status", "last words").await;
        workflow.send(Command::Finish).await;
        subscriber.expect_item(15, "status", "last words").await;
        subscriber.expect_end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_workflow_accepts_a_resent_batch_once() {
    with_python_workflow(async |_, workflow| {
        let again = serde_json::to_value(batch("a", 1, &[("t", "1")])).unwrap();
        for _ in 0..2 {
            workflow.signal(stream::PUBLISH, &again).await;
        }
        workflow.publish("t", "end").await;
        assert_eq!(
            workflow.subscribe().items(2).await,
            [
                (0, "t".to_owned(), json!(1)),
                (1, "t".to_owned(), json!("end"))
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn python_subscriber_ignores_the_origin_of_an_item() {
    with_python_workflow(async |server, workflow| {
        let origin = Origin {
            run_id: workflow.run_id().await,
            activity_id: "write".to_owned(),
            attempt: 2,
        };
        let sink = ClientSink::new(workflow.client.clone(), &workflow.id);
        let publisher = Publisher::to_sink(sink, PublisherConfig::default(), Some(origin.clone()));
        let value = json!({"text": "ä", "n": [1, 2.5, null]});
        publisher.publish("t", &value).await.unwrap();
        publisher.publish("t", &json!(null)).await.unwrap();
        publisher.close().await.unwrap();

        let arguments = [server.address(), &*workflow.id, "read", "0"];
        let mut python = Program::start("stream_client", &arguments).await;
        python.expect_line("reading").await;
        for (offset, data) in [value, json!(null)].into_iter().enumerate() {
            let line: serde_json::Value = serde_json::from_str(&python.line().await).unwrap();
            assert_eq!(line, json!({"topic": "t", "offset": offset, "data": data}));
        }
        // The origin passes through a workflow that does not know it.
        let item = workflow.subscribe().item().await;
        assert_eq!(item.origin(), Some(origin));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_workflow_without_poll_query_is_an_error() {
    with_python_workflow(async |_, workflow| {
        workflow.send(Command::ForgetQuery).await;
        workflow.publish("t", 1).await;
        let mut subscriber = workflow.subscribe();
        subscriber.items(1).await;
        workflow.send(Command::Finish).await;
        let error = subscriber.expect_error().await;
        assert!(
            matches!(error, SubscribeError::TailUnreadable { .. }),
            "{error}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriber_of_a_truncated_python_stream_learns_of_the_gap() {
    with_python_workflow(async |_, workflow| {
        for number in 0..3 {
            workflow.publish("t", number).await;
        }
        workflow.truncate(2).await;
        let config = SubscriberConfig {
            from_offset: 1,
            ..SubscriberConfig::default()
        };
        let item = workflow.subscribe_with(config).item().await;
        assert_eq!((item.offset, item.is_after_gap), (2, true));
    })
    .await;
}
