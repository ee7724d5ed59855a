//! A host in Rust, with a publisher and a subscriber in Python, and in Rust.

use fast_temporal_testkit::dev_server;
use fast_temporal_workflow::stream::{self, SubscriberConfig};
use serde_json::{Value, json};
use temporalio_client::WorkflowFetchHistoryOptions;
use temporalio_common::protos::temporal::api::enums::v1::EventType;

use super::{
    fixture::{TASK_QUEUE, Workflow, connect, soon, with_worker},
    python::Program,
    workflow::Command,
};
use crate::stream::sample::batch;

async fn item(reader: &mut Program) -> Value {
    serde_json::from_str(&reader.line().await).unwrap()
}

/// How many polls the workflow has taken.
async fn polls(workflow: &Workflow) -> usize {
    let options = WorkflowFetchHistoryOptions::default();
    let history = workflow.handle().fetch_history(options);
    let events = history.into_events().await.unwrap();
    let polls = events.iter();
    polls
        .filter(|event| event.event_type() == EventType::WorkflowExecutionUpdateAccepted)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn python_publishes_to_a_rust_host_and_reads_it_over_its_runs_to_the_end() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let mut reader = Program::start(
            "stream_client",
            &[server.address(), &workflow.id, "read", "0"],
        )
        .await;
        reader.says("reading").await;
        let mut rust_reader = workflow.read();

        workflow.publish("status", "started").await;
        let started = json!({"topic": "status", "offset": 0, "data": "started"});
        assert_eq!(item(&mut reader).await, started);
        let words = [server.address(), &*workflow.id, "publish", "python", "10"];
        let mut publisher = Program::start("stream_client", &words).await;
        for number in 0..10_u64 {
            let data = json!({"from": "python", "number": number});
            let expected = json!({"topic": "python", "offset": number + 1, "data": data});
            assert_eq!(item(&mut reader).await, expected);
        }
        publisher.says("published").await;

        // Both are waiting now, and are let go.
        workflow.tell(Command::Continue).await;
        workflow.publish("status", "continued").await;
        let continued = json!({"topic": "status", "offset": 11, "data": "continued"});
        assert_eq!(item(&mut reader).await, continued);

        workflow.publish("status", "last words").await;
        workflow.tell(Command::Finish).await;
        let last = json!({"topic": "status", "offset": 12, "data": "last words"});
        assert_eq!(item(&mut reader).await, last);
        reader.says("end").await;

        let items = rust_reader.items(13).await;
        assert!((0..13).eq(items.iter().map(|(offset, ..)| *offset)));
        assert_eq!(items[12].2, "last words");
        rust_reader.ends().await;

        let mut asked =
            Program::start("stream_client", &[server.address(), &workflow.id, "offset"]).await;
        asked.says("13").await;
        workflow.replays().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_that_is_signaled_twice_is_taken_once_over_continue_as_new_too() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let again = serde_json::to_value(batch("a", 1, &[("t", "1"), ("t", "2")])).unwrap();
        for _ in 0..2 {
            workflow.signal(stream::PUBLISH, &again).await;
        }
        let mut reader = workflow.read();
        reader.items(2).await;
        workflow.tell(Command::Continue).await;
        workflow.signal(stream::PUBLISH, &again).await;
        let next = serde_json::to_value(batch("a", 2, &[("t", "3")])).unwrap();
        workflow.signal(stream::PUBLISH, &next).await;
        assert_eq!(reader.items(1).await, [(2, "t".to_owned(), json!(3))]);
        assert_eq!(workflow.query(stream::OFFSET, None).await, 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_of_what_was_truncated_is_told_and_goes_on_in_python_too() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        for number in 0..6 {
            workflow.publish("t", number).await;
        }
        workflow.truncate(4).await;
        let config = SubscriberConfig {
            from_offset: 2,
            ..SubscriberConfig::default()
        };
        let mut reader = workflow.read_with(config);
        let first = reader.item().await;
        assert_eq!((first.offset, first.is_after_gap), (4, true));
        let second = reader.item().await;
        assert_eq!((second.offset, second.is_after_gap), (5, false));
        let words = [server.address(), &*workflow.id, "read", "2"];
        let mut python = Program::start("stream_client", &words).await;
        python.says("reading").await;
        assert_eq!(item(&mut python).await["offset"], 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_of_one_topic_is_not_woken_for_another() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let mut reader = workflow.read_with(SubscriberConfig::topics(["wanted"]));
        let publish = async {
            soon("the reader waits", async {
                while polls(&workflow).await == 0 {}
            })
            .await;
            for number in 0..20 {
                workflow.publish("other", number).await;
            }
            workflow.publish("wanted", "this").await;
        };
        let (items, ()) = tokio::join!(reader.items(1), publish);
        assert_eq!(items, [(20, "wanted".to_owned(), json!("this"))]);
        assert_eq!(polls(&workflow).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn batch_that_does_not_decode_leaves_the_workflow_well() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
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
        assert_eq!(
            workflow.read().items(1).await,
            [(0, "t".to_owned(), json!(1))]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_draining_workflow_publishes_arrives() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let mut reader = workflow.read();
        workflow.publish("t", 1).await;
        reader.items(1).await;
        workflow.tell(Command::Drain).await;
        for number in 2..4 {
            workflow.publish("t", number).await;
            let offset = number - 1;
            assert_eq!(
                reader.items(1).await,
                [(offset, "t".to_owned(), json!(number))]
            );
        }
        workflow.tell(Command::Finish).await;
        reader.ends().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reader_ends_with_its_workflow_where_the_next_gets_the_same_id() {
    let server = dev_server::start().await;
    let client = connect(&server).await;
    with_worker(&client, async {
        let workflow = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        let mut reader = workflow.read();
        workflow.publish("t", "first").await;
        reader.items(1).await;
        workflow.tell(Command::Continue).await;
        workflow.publish("t", "continued").await;
        reader.items(1).await;
        workflow.tell(Command::Finish).await;
        soon("the end of the first workflow", workflow.result()).await;
        let next = Workflow::start(&client, "rust-stream", TASK_QUEUE).await;
        assert_eq!(next.id, workflow.id);
        for number in 0..3 {
            next.publish("t", number).await;
        }
        reader.ends().await;
        assert_eq!(next.read().items(3).await.len(), 3);
    })
    .await;
}
