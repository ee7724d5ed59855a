//! A workflow in Rust, with publishers and subscribers in Python and in Rust.

use fast_temporal_workflow::stream::{self, SubscriberConfig};
use serde_json::{Value, json};
use temporalio_client::WorkflowFetchHistoryOptions;
use temporalio_common::protos::temporal::api::enums::v1::EventType;

use crate::support::{
    python_program::Program,
    stream_sample::batch,
    stream_workflow::{StreamWorkflow, with_rust_workflow},
    test_env::{TASK_QUEUE, soon},
    workflow::manual_stream::Command,
};

async fn item(python: &mut Program) -> Value {
    serde_json::from_str(&python.line().await).unwrap()
}

/// Returns the number of polls that the workflow has accepted.
async fn polls(workflow: &StreamWorkflow) -> usize {
    let options = WorkflowFetchHistoryOptions::default();
    let history = workflow.handle().fetch_history(options);
    let events = history.into_events().await.unwrap();
    let polls = events.iter();
    polls
        .filter(|event| event.event_type() == EventType::WorkflowExecutionUpdateAccepted)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn python_publishes_to_and_reads_a_rust_workflow_across_runs() {
    with_rust_workflow(async |server, workflow| {
        let mut subscriber = Program::start(
            "stream_client",
            &[server.address(), &workflow.id, "read", "0"],
        )
        .await;
        subscriber.expect_line("reading").await;
        let mut rust_subscriber = workflow.subscribe();

        workflow.publish("status", "started").await;
        let started = json!({"topic": "status", "offset": 0, "data": "started"});
        assert_eq!(item(&mut subscriber).await, started);
        let arguments = [server.address(), &*workflow.id, "publish", "python", "10"];
        let mut publisher = Program::start("stream_client", &arguments).await;
        for number in 0..10_u64 {
            let data = json!({"from": "python", "number": number});
            let expected = json!({"topic": "python", "offset": number + 1, "data": data});
            assert_eq!(item(&mut subscriber).await, expected);
        }
        publisher.expect_line("published").await;

        // Both subscribers wait now; the workflow ends their polls.
        workflow.send(Command::Continue).await;
        workflow.publish("status", "continued").await;
        let continued = json!({"topic": "status", "offset": 11, "data": "continued"});
        assert_eq!(item(&mut subscriber).await, continued);

        workflow.publish("status", "last words").await;
        workflow.send(Command::Finish).await;
        let last = json!({"topic": "status", "offset": 12, "data": "last words"});
        assert_eq!(item(&mut subscriber).await, last);
        subscriber.expect_line("end").await;

        let items = rust_subscriber.items(13).await;
        assert!((0..13).eq(items.iter().map(|(offset, ..)| *offset)));
        assert_eq!(items[12].2, "last words");
        rust_subscriber.expect_end().await;

        let mut offset =
            Program::start("stream_client", &[server.address(), &workflow.id, "offset"]).await;
        offset.expect_line("13").await;
        workflow.assert_replays().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resent_batch_is_accepted_once_across_continue_as_new() {
    with_rust_workflow(async |_, workflow| {
        let again = serde_json::to_value(batch("a", 1, &[("t", "1"), ("t", "2")])).unwrap();
        for _ in 0..2 {
            workflow.signal(stream::PUBLISH, &again).await;
        }
        let mut subscriber = workflow.subscribe();
        subscriber.items(2).await;
        workflow.send(Command::Continue).await;
        workflow.signal(stream::PUBLISH, &again).await;
        let next = serde_json::to_value(batch("a", 2, &[("t", "3")])).unwrap();
        workflow.signal(stream::PUBLISH, &next).await;
        subscriber.expect_item(2, "t", 3).await;
        assert_eq!(workflow.query(stream::OFFSET, None).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_of_a_truncated_stream_continue_after_the_gap() {
    with_rust_workflow(async |server, workflow| {
        for number in 0..6 {
            workflow.publish("t", number).await;
        }
        workflow.truncate(4).await;
        let config = SubscriberConfig {
            from_offset: 2,
            ..SubscriberConfig::default()
        };
        let mut subscriber = workflow.subscribe_with(config);
        let first = subscriber.item().await;
        assert_eq!((first.offset, first.is_after_gap), (4, true));
        let second = subscriber.item().await;
        assert_eq!((second.offset, second.is_after_gap), (5, false));
        let arguments = [server.address(), &*workflow.id, "read", "2"];
        let mut python = Program::start("stream_client", &arguments).await;
        python.expect_line("reading").await;
        assert_eq!(item(&mut python).await["offset"], 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn item_of_another_topic_does_not_wake_a_subscriber() {
    with_rust_workflow(async |_, workflow| {
        let mut subscriber = workflow.subscribe_with(SubscriberConfig::topics(["wanted"]));
        let publish = async {
            soon("the subscriber waits", async {
                while polls(&workflow).await == 0 {}
            })
            .await;
            for number in 0..20 {
                workflow.publish("other", number).await;
            }
            workflow.publish("wanted", "this").await;
        };
        let (items, ()) = tokio::join!(subscriber.items(1), publish);
        assert_eq!(items, [(20, "wanted".to_owned(), json!("this"))]);
        assert_eq!(polls(&workflow).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn undecodable_batch_does_not_fail_the_workflow() {
    with_rust_workflow(async |_, workflow| {
        for input in [
            json!(7),
            json!({"items": 7}),
            json!({"items": [{"topic": "t"}]}),
        ] {
            workflow.signal(stream::PUBLISH, &input).await;
        }
        let some =
            json!({"items": [{"topic": "t", "data": "?"}, batch("", 0, &[("t", "1")]).items[0]]});
        workflow.signal(stream::PUBLISH, &some).await;
        workflow.subscribe().expect_item(0, "t", 1).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_published_while_draining_are_delivered() {
    with_rust_workflow(async |_, workflow| {
        let mut subscriber = workflow.subscribe();
        workflow.publish("t", 1).await;
        subscriber.items(1).await;
        workflow.send(Command::Drain).await;
        for number in 2..4 {
            workflow.publish("t", number).await;
            let offset = number - 1;
            subscriber.expect_item(offset, "t", number).await;
        }
        workflow.send(Command::Finish).await;
        subscriber.expect_end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriber_ends_before_a_later_workflow_with_the_same_id() {
    with_rust_workflow(async |_, workflow| {
        let mut subscriber = workflow.subscribe();
        workflow.publish("t", "first").await;
        subscriber.items(1).await;
        workflow.send(Command::Continue).await;
        workflow.publish("t", "continued").await;
        subscriber.items(1).await;
        workflow.send(Command::Finish).await;
        soon("the end of the first workflow", workflow.result()).await;
        let next = StreamWorkflow::start(&workflow.client, "rust-stream", TASK_QUEUE).await;
        assert_eq!(next.id, workflow.id);
        for number in 0..3 {
            next.publish("t", number).await;
        }
        subscriber.expect_end().await;
        assert_eq!(next.subscribe().items(3).await.len(), 3);
    })
    .await;
}
