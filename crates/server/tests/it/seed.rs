//! The `seed` dialect, as the Python package's readme describes it.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, owner};
use fast_temporal_protocol::{Json, event::WorkflowTaskFailed};
use fast_temporal_testkit::fake::{Call, FakeWorkflow};
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Gateway, SeedClient, Timer, payload};

const QUIET_PERIOD: Duration = Duration::from_secs(5);

/// Starts a gateway, and a workflow by a client.
async fn start_one() -> (Gateway, SeedClient, FakeWorkflow) {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    client.start(json!(1)).await;
    let workflow = gateway.started(1).await;
    (gateway, client, workflow)
}

/// Returns what a workflow answers about its current activity.
fn current_activity(id: Option<&str>) -> Json {
    payload(json!({"current_activity": "one", "status": "Done", "activity_id": id}))
}

// Covers SEED-10.
#[tokio::test(start_paused = true)]
async fn transitions_arrive_in_order_and_the_last_has_the_result() {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    let args = json!({"prompt": "go", "n": 12_345_678_901_234_567_890_u64});
    client.start(args).await;

    let workflow = gateway.started(1).await;
    let started = gateway.engine.started(1).await;
    assert!(owner::owns("ada", &started[0].workflow_id));
    assert_eq!(started[0].workflow_type, "Example");
    assert_eq!(started[0].task_queue, "examples");
    assert!(started[0].args.is_empty());
    let args = Json::from_text(r#"{"n":12345678901234567890,"prompt":"go"}"#.to_owned()).unwrap();
    assert_eq!(started[0].signal, Some(("start".to_owned(), vec![args])));

    workflow.start_task();
    workflow.schedule("one");
    workflow.complete_activity("one", payload("1"));
    workflow.schedule("two");
    workflow.fail_activity("two", "broke");
    workflow.complete(payload("all of it"));
    client
        .expect([
            ("one: Running", "Running"),
            ("one: Completed", "Completed"),
            ("two: Running", "Running"),
            ("two: Failed", "Failed"),
            ("all of it", "Done"),
        ])
        .await;
    client.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-2, SEED-4.
#[tokio::test(start_paused = true)]
async fn message_can_name_its_workflow() {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    let workflow = json!({"workflow_name": "Other", "workflow_task_queue": "others"});
    let message = json!({"args": [1, 2], "workflow": workflow});
    client.send(message.to_string()).await;

    let started = gateway.engine.started(1).await;
    assert_eq!(started[0].workflow_type, "Other");
    assert_eq!(started[0].task_queue, "others");
    assert_eq!(started[0].args, [payload([1, 2])]);
    assert_eq!(started[0].signal, None);
}

#[tokio::test(start_paused = true)]
async fn results_keep_their_json() {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    client.start(json!(null)).await;
    let result = json!({"file": "a.txt", "n": 2});
    gateway.started(1).await.complete(payload(&result));
    let expected = json!({"origin": "temporal", "message": result, "status": "Done"});
    assert_eq!(client.frame().await, expected);
}

// Covers SEED-17.
#[tokio::test(start_paused = true)]
async fn all_connections_of_a_user_and_no_others_receive_frames() {
    let gateway = Gateway::start().await;
    let mut mine = Vec::new();
    for _ in 0..20 {
        mine.push(gateway.seed("ada").await);
    }
    let mut other = gateway.seed("bob").await;
    mine[0].start(json!({})).await;
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    workflow.complete(payload("done"));
    for client in &mut mine {
        client
            .expect([("one: Running", "Running"), ("done", "Done")])
            .await;
    }
    other.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-21.
#[tokio::test(start_paused = true)]
async fn one_connection_starts_many_workflows() {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    for number in 0..100 {
        client.start(json!(number)).await;
    }
    let started = gateway.engine.started(100).await;
    for (number, start) in started.iter().enumerate() {
        let workflow = gateway.engine.find(&start.workflow_id);
        workflow.schedule(&format!("a{number}"));
        workflow.complete(payload(format!("r{number}")));
    }
    let mut received = Vec::new();
    for _ in 0..200 {
        received.push(client.transition().await.0);
    }
    for number in 0..100 {
        let position = |message: String| received.iter().position(|other| *other == message);
        assert!(position(format!("a{number}: Running")) < position(format!("r{number}")));
    }
}

// Covers SEED-18, SEED-20.
#[tokio::test(start_paused = true)]
async fn reconnecting_user_receives_running_workflows_from_their_start() {
    let gateway = Gateway::start().await;
    let mut first = gateway.seed("ada").await;
    first.start(json!(1)).await;
    first.start(json!(2)).await;
    let running = gateway.started(1).await;
    let closed = gateway.started(2).await;
    running.schedule("one");
    closed.complete(payload("over"));
    for _ in 0..2 {
        first.frame().await;
    }
    drop(first);

    let mut second = gateway.seed("ada").await;
    second.expect([("one: Running", "Running")]).await;
    running.complete(payload("done"));
    second.expect([("done", "Done")]).await;
    second.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-19.
#[tokio::test(start_paused = true)]
async fn workflow_closed_while_disconnected_is_not_replayed() {
    let (gateway, mut first, workflow) = start_one().await;
    workflow.schedule("one");
    first.frame().await;
    drop(first);
    workflow.complete(payload("done"));

    sleep(Duration::from_secs(1)).await;
    let mut second = gateway.seed("ada").await;
    second.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-11.
#[tokio::test(start_paused = true)]
async fn unsuccessful_workflows_end_with_failed_and_the_cause() {
    let (gateway, mut client, workflow) = start_one().await;
    workflow.fail("disk full");
    client.expect([("disk full", "Failed")]).await;
    client.start(json!(2)).await;
    gateway.started(2).await.terminate("enough");
    client
        .expect([("the workflow was terminated: enough", "Failed")])
        .await;
}

// Covers SEED-16.
#[tokio::test(start_paused = true)]
async fn workflow_without_result_is_queried_for_its_last_callback_or_activity() {
    // The query that the worker answers next, and the resulting message.
    let gateway = Gateway::start().await;
    let mut clients = [gateway.seed("ada").await, gateway.seed("ada").await];
    for (number, query, answer, expected) in [
        (1, "none", Json::null(), "null"),
        (2, "get_current_activity", current_activity(None), "null"),
        (
            3,
            "get_current_activity",
            current_activity(Some("a_1")),
            "null",
        ),
        (
            4,
            "get_activity_result",
            payload("of the activity"),
            "of the activity",
        ),
        (
            5,
            "get_callback_result",
            payload("of the callback"),
            "of the callback",
        ),
    ] {
        gateway.engine.answer(query, answer);
        let before = gateway.engine.stats().queries;
        clients[0].start(json!(number)).await;
        let workflow = gateway.started(number).await;
        workflow.schedule("one");
        workflow.complete(Json::null());
        for client in &mut clients {
            client
                .expect([("one: Running", "Running"), (expected, "Done")])
                .await;
        }
        if number == 5 {
            // The workflow is queried once for all connections.
            assert_eq!(gateway.engine.stats().queries - before, 2);
        }
    }
}

// Covers SEED-16.
#[tokio::test(start_paused = true)]
async fn query_for_a_result_times_out_and_delays_nothing_else() {
    let gateway = Gateway::start().await;
    gateway.engine.hang_queries();
    let mut client = gateway.seed("ada").await;
    client.start(json!(1)).await;
    client.start(json!(2)).await;
    let silent = gateway.started(1).await;
    let other = gateway.started(2).await;
    let timer = Timer::start();
    silent.schedule("one");
    silent.complete(Json::null());
    client.expect([("one: Running", "Running")]).await;
    other.complete(payload("done"));
    client.expect([("done", "Done")]).await;
    timer.expect(..1.0);
    client.expect([("null", "Done")]).await;
    timer.expect(..6.0);
}

// Covers SEED-15.
#[tokio::test(start_paused = true)]
async fn only_a_workflow_without_worker_is_reported_as_waiting_and_once() {
    let (gateway, mut client, workflow) = start_one().await;
    workflow.signal("start");
    let waiting =
        "Example: Waiting (no worker on task queue \"examples\" has started it within 10 s)";
    client.expect([(waiting, "Waiting")]).await;
    client.expect_silence(Duration::from_secs(30)).await;
    workflow.complete(payload("at last"));
    client.expect([("at last", "Done")]).await;
    client.start(json!(2)).await;
    gateway.started(2).await.start_task();
    client.expect_silence(Duration::from_secs(30)).await;
}

// Covers SEED-12.
#[tokio::test(start_paused = true)]
async fn failing_workflow_task_is_reported_with_its_cause() {
    let (_gateway, mut client, workflow) = start_one().await;
    workflow.push(WorkflowTaskFailed {
        cause: "WORKFLOW_WORKER_UNHANDLED_FAILURE".to_owned(),
        failure: None,
    });
    assert_eq!(client.error().await, "workflow_task_failed");
}

// Covers SEED-8.
#[tokio::test(start_paused = true)]
async fn invalid_messages_are_answered_with_a_code_and_the_connection_stays_open() {
    let gateway = Gateway::start_with(|setup| setup.config.seed.default_workflow = None).await;
    let mut client = gateway.seed("ada").await;
    for (message, code) in [
        ("{", "invalid_json"),
        ("[1]", "expected_object"),
        ("{}", "unknown_workflow"),
        (r#"{"workflow":{"workflow_name":"W"}}"#, "missing_field"),
        (
            r#"{"workflow":{"workflow_name":5,"workflow_task_queue":"q"}}"#,
            "invalid_field",
        ),
        (r#"{"workflow":"W"}"#, "invalid_field"),
    ] {
        client.send(message).await;
        assert_eq!(client.error().await, code, "{message}");
    }
    client.send(vec![1_u8, 2, 3]).await;
    assert_eq!(client.error().await, "binary_not_supported");

    let workflow = json!({"workflow_name": "W", "workflow_task_queue": "q"});
    client.send(json!({"workflow": workflow}).to_string()).await;
    gateway.started(1).await.complete(payload("fine"));
    client.expect([("fine", "Done")]).await;
}

// Covers SEED-23.
#[tokio::test(start_paused = true)]
async fn failed_starts_are_answered_with_a_code_and_the_next_succeeds() {
    let gateway = Gateway::start().await;
    let mut client = gateway.seed("ada").await;
    for (kind, code) in [
        (EngineErrorKind::Unavailable, "temporal_unavailable"),
        (EngineErrorKind::Busy, "temporal_busy"),
        (EngineErrorKind::Invalid, "invalid_request"),
        (EngineErrorKind::Denied, "temporal_permission_denied"),
    ] {
        gateway.engine.fail_starts(1, kind);
        client.start(json!({})).await;
        assert_eq!(client.error().await, code);
    }
    client.start(json!({})).await;
    gateway.started(1).await.complete(payload("fine"));
    client.expect([("fine", "Done")]).await;
}

// Covers SEED-23.
#[tokio::test(start_paused = true)]
async fn hanging_start_times_out_and_delays_nothing_else() {
    let (gateway, mut client, workflow) = start_one().await;
    gateway.engine.hang_starts();
    client.start(json!(2)).await;
    client.expect_served().await;
    workflow.complete(payload("done"));
    client.expect([("done", "Done")]).await;
    assert_eq!(client.error().await, "timeout");
}

// Covers SEED-32.
#[tokio::test(start_paused = true)]
async fn workflows_in_flight_are_limited_per_connection() {
    let gateway = Gateway::start_with(|setup| setup.config.seed.max_workflows_in_flight = 2).await;
    let mut client = gateway.seed("ada").await;
    for number in 0..3 {
        client.start(json!(number)).await;
    }
    assert_eq!(client.error().await, "too_many_workflows");
    gateway.started(1).await.complete(payload("done"));
    client.expect([("done", "Done")]).await;
    client.start(json!(3)).await;
    gateway.started(3).await.complete(payload("done too"));
    client.expect([("done too", "Done")]).await;
}

// Covers SEED-20.
#[tokio::test(start_paused = true)]
async fn disconnecting_does_not_cancel_a_start() {
    let gateway = Gateway::start().await;
    gateway.engine.hang(Call::Start);
    let mut client = gateway.seed("ada").await;
    client.start(json!(1)).await;
    // The response to a later message shows that the start is in flight.
    client.expect_served().await;
    drop(client);
    let unfinished = timeout(Duration::from_secs(1), gateway.engine.started(1)).await;
    assert!(unfinished.is_err());

    gateway.engine.release(Call::Start);
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    let mut client = gateway.seed("ada").await;
    client.expect([("one: Running", "Running")]).await;
}

#[tokio::test(start_paused = true)]
async fn long_and_short_frames_keep_their_order() {
    let (_gateway, mut client, workflow) = start_one().await;
    let names: Vec<_> = (0..40_usize)
        .map(|number| "n".repeat(1 + number * number * 60))
        .collect();
    for name in &names {
        workflow.schedule(name);
    }
    // Pongs are sent between frames, never inside one.
    for _ in 0..20 {
        client.send(Message::Ping("ping".into())).await;
    }
    for name in &names {
        let frame = client.frame().await;
        let is_expected = frame["message"] == format!("{name}: Running");
        assert!(is_expected, "{} bytes", name.len());
    }
    workflow.complete(payload("done"));
    client.expect([("done", "Done")]).await;
}

// Covers SEED-22.
#[tokio::test(start_paused = true)]
async fn starts_beyond_the_limit_in_flight_are_read_later() {
    let gateway = Gateway::start_with(|setup| {
        setup.config.seed.max_starts_in_flight = 2;
        setup.config.timeouts.start = Duration::from_secs(1);
    });
    let gateway = gateway.await;
    gateway.engine.hang_starts();
    let mut client = gateway.seed("ada").await;
    for number in 0..10 {
        client.start(json!(number)).await;
    }
    let timer = Timer::start();
    for _ in 0..10 {
        assert_eq!(client.error().await, "timeout");
    }
    assert_eq!(timer.seconds(), 5);
}
