//! A host in Python, with a publisher and a subscriber in Rust.

use fast_temporal_testkit::dev_server;
use fast_temporal_workflow::stream::{
    self, ClientSink, Origin, Publisher, PublisherConfig, SubscriberConfig,
};
use serde_json::json;

use super::{
    fixture::{Workflow, connect},
    python::Program,
    workflow::Command,
};
use crate::stream::sample::batch;

const TASK_QUEUE: &str = "python";

#[tokio::test(flavor = "multi_thread")]
async fn rust_publishes_to_a_python_host_and_reads_it_over_its_runs_to_the_end() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    let mut host = Program::start("stream_host", &[server.address(), TASK_QUEUE]).await;
    host.says("ready").await;
    let workflow = Workflow::start(&client, "python-stream", TASK_QUEUE).await;
    let mut reader = workflow.read();

    workflow.publish("status", "started").await;
    assert_eq!(
        reader.items(1).await,
        [(0, "status".to_owned(), json!("started"))]
    );
    let publisher = workflow.publisher();
    for number in 0..10 {
        publisher
            .publish("rust", &json!({"number": number}))
            .await
            .unwrap();
    }
    publisher.flush().await.unwrap();
    for (number, item) in (0_u64..).zip(reader.items(10).await) {
        assert_eq!(
            item,
            (number + 1, "rust".to_owned(), json!({"number": number}))
        );
    }
    workflow.tell(Command::Count { to: 3 }).await;
    for (number, item) in (0_u64..).zip(reader.items(3).await) {
        assert_eq!(item, (number + 11, "numbers".to_owned(), json!(number)));
    }

    // The publisher goes on, too, with its numbers.
    workflow.tell(Command::Continue).await;
    publisher
        .publish("rust", &json!("continued"))
        .await
        .unwrap();
    publisher.close().await.unwrap();
    assert_eq!(
        reader.items(1).await,
        [(14, "rust".to_owned(), json!("continued"))]
    );

    workflow.publish("status", "last words").await;
    workflow.tell(Command::Finish).await;
    assert_eq!(
        reader.items(1).await,
        [(15, "status".to_owned(), json!("last words"))]
    );
    reader.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_that_is_sent_twice_is_taken_once_by_a_python_host() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    let mut host = Program::start("stream_host", &[server.address(), TASK_QUEUE]).await;
    host.says("ready").await;
    let workflow = Workflow::start(&client, "python-stream", TASK_QUEUE).await;
    let again = serde_json::to_value(batch("a", 1, &[("t", "1")])).unwrap();
    for _ in 0..2 {
        workflow.signal(stream::PUBLISH, &again).await;
    }
    workflow.publish("t", "end").await;
    assert_eq!(
        workflow.read().items(2).await,
        [
            (0, "t".to_owned(), json!(1)),
            (1, "t".to_owned(), json!("end"))
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn python_reads_an_item_that_bears_a_mark_as_if_it_bore_none() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    let mut host = Program::start("stream_host", &[server.address(), TASK_QUEUE]).await;
    host.says("ready").await;
    let workflow = Workflow::start(&client, "python-stream", TASK_QUEUE).await;
    let origin = Origin {
        run_id: workflow.run_id().await,
        activity_id: "write".to_owned(),
        attempt: 2,
    };
    let sink = ClientSink::new(client.clone(), &workflow.id);
    let publisher = Publisher::to_sink(sink, PublisherConfig::default(), Some(origin.clone()));
    let value = json!({"text": "ä", "n": [1, 2.5, null]});
    publisher.publish("t", &value).await.unwrap();
    publisher.publish("t", &json!(null)).await.unwrap();
    publisher.close().await.unwrap();

    let words = [server.address(), &*workflow.id, "read", "0"];
    let mut python = Program::start("stream_client", &words).await;
    python.says("reading").await;
    for (offset, data) in [value, json!(null)].into_iter().enumerate() {
        let line: serde_json::Value = serde_json::from_str(&python.line().await).unwrap();
        assert_eq!(line, json!({"topic": "t", "offset": offset, "data": data}));
    }
    // And the mark is still there, through a host that knows nothing of it.
    let item = workflow.read().item().await;
    assert_eq!(item.origin(), Some(origin));
}

#[tokio::test(flavor = "multi_thread")]
async fn python_host_tells_of_what_was_truncated() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    let mut host = Program::start("stream_host", &[server.address(), TASK_QUEUE]).await;
    host.says("ready").await;
    let workflow = Workflow::start(&client, "python-stream", TASK_QUEUE).await;
    for number in 0..3 {
        workflow.publish("t", number).await;
    }
    workflow.tell(Command::Truncate { up_to: 2 }).await;
    let config = SubscriberConfig {
        from_offset: 1,
        ..SubscriberConfig::default()
    };
    let item = workflow.read_with(config).item().await;
    assert_eq!((item.offset, item.is_after_gap), (2, true));
}
