//! The `seed` dialect, as the Python package's readme describes it.

mod discovery;
mod silent_client;

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, owner};
use fast_temporal_protocol::{Json, event::WorkflowTaskFailed};
use fast_temporal_testkit::fake::Call;
use serde_json::json;
use tokio::time::timeout;

use crate::support::{Gateway, config, frames};

const QUIET_PERIOD: Duration = Duration::from_secs(5);

fn text(value: &str) -> Json {
    Json::from_value(&value).unwrap()
}

// Covers SEED-10.
#[tokio::test(start_paused = true)]
async fn transitions_arrive_in_order_and_the_last_has_the_result() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client
        .start(json!({"prompt": "go", "n": 12_345_678_901_234_567_890_u64}))
        .await;

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
    workflow.complete_activity("one", text("1"));
    workflow.schedule("two");
    workflow.fail_activity("two", "broke");
    workflow.complete(text("all of it"));
    let expected = frames([
        ("one: Running", "Running"),
        ("one: Completed", "Completed"),
        ("two: Running", "Running"),
        ("two: Failed", "Failed"),
        ("all of it", "Done"),
    ]);
    assert_eq!(client.frames(5).await, expected);
    client.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-2, SEED-4.
#[tokio::test(start_paused = true)]
async fn message_can_name_its_workflow() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    let workflow = json!({"workflow_name": "Other", "workflow_task_queue": "others"});
    client
        .send(json!({"args": [1, 2], "workflow": workflow}).to_string())
        .await;

    let started = gateway.engine.started(1).await;
    assert_eq!(started[0].workflow_type, "Other");
    assert_eq!(started[0].task_queue, "others");
    assert_eq!(
        started[0].args,
        [Json::from_text("[1,2]".to_owned()).unwrap()]
    );
    assert_eq!(started[0].signal, None);
}

#[tokio::test(start_paused = true)]
async fn results_keep_their_json() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(null)).await;
    gateway
        .started(1)
        .await
        .complete(Json::from_value(&json!({"file": "a.txt", "n": 2})).unwrap());
    let frame = client.frame().await;
    assert_eq!(
        frame,
        json!({"origin": "temporal", "message": {"file": "a.txt", "n": 2}, "status": "Done"})
    );
}

// Covers SEED-17.
#[tokio::test(start_paused = true)]
async fn all_connections_of_a_user_and_no_others_receive_frames() {
    let gateway = Gateway::start().await;
    let mut mine = Vec::new();
    for _ in 0..20 {
        mine.push(gateway.connect("ada").await);
    }
    let mut other = gateway.connect("bob").await;
    mine[0].start(json!({})).await;
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    workflow.complete(text("done"));
    for client in &mut mine {
        let expected = frames([("one: Running", "Running"), ("done", "Done")]);
        assert_eq!(client.frames(2).await, expected);
    }
    other.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-21.
#[tokio::test(start_paused = true)]
async fn one_connection_starts_many_workflows() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    for number in 0..100 {
        client.start(json!(number)).await;
    }
    let started = gateway.engine.started(100).await;
    for (number, start) in started.iter().enumerate() {
        let workflow = gateway.engine.find(&start.workflow_id);
        workflow.schedule(&format!("a{number}"));
        workflow.complete(text(&format!("r{number}")));
    }
    let received = client.frames(200).await;
    for number in 0..100 {
        let position = |wanted: String| received.iter().position(|(message, _)| *message == wanted);
        assert!(position(format!("a{number}: Running")) < position(format!("r{number}")));
    }
}

// Covers SEED-18, SEED-20.
#[tokio::test(start_paused = true)]
async fn reconnecting_user_receives_running_workflows_from_their_start() {
    let gateway = Gateway::start().await;
    let mut first = gateway.connect("ada").await;
    first.start(json!(1)).await;
    first.start(json!(2)).await;
    let running = gateway.started(1).await;
    let ended = gateway.started(2).await;
    running.schedule("one");
    ended.complete(text("over"));
    first.frames(2).await;
    drop(first);

    let mut second = gateway.connect("ada").await;
    assert_eq!(
        second.frames(1).await,
        frames([("one: Running", "Running")])
    );
    running.complete(text("done"));
    assert_eq!(second.frames(1).await, frames([("done", "Done")]));
    second.expect_silence(QUIET_PERIOD).await;
}

// Covers SEED-19.
#[tokio::test(start_paused = true)]
async fn workflow_closed_while_disconnected_is_not_replayed() {
    let gateway = Gateway::start().await;
    let mut first = gateway.connect("ada").await;
    first.start(json!(1)).await;
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    first.frames(1).await;
    drop(first);
    workflow.complete(text("done"));

    tokio::time::sleep(Duration::from_secs(1)).await;
    gateway
        .connect("ada")
        .await
        .expect_silence(QUIET_PERIOD)
        .await;
}

// Covers SEED-11.
#[tokio::test(start_paused = true)]
async fn unsuccessful_workflows_end_with_failed_and_the_cause() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    gateway.started(1).await.fail("disk full");
    assert_eq!(client.frames(1).await, frames([("disk full", "Failed")]));
    client.start(json!(2)).await;
    gateway.started(2).await.terminate("enough");
    let expected = frames([("the workflow was terminated: enough", "Failed")]);
    assert_eq!(client.frames(1).await, expected);
}

// Covers SEED-16.
#[tokio::test(start_paused = true)]
async fn workflow_without_result_is_queried_for_its_last_callback() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    engine.answer("get_current_activity", current_activity(Some("a_1")));
    engine.answer("get_callback_result", text("from the callback"));
    engine.answer("get_activity_result", text("from the activity"));
    let mut clients = [gateway.connect("ada").await, gateway.connect("ada").await];
    clients[0].start(json!(1)).await;
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    workflow.complete(Json::null());
    for client in &mut clients {
        let expected = frames([("one: Running", "Running"), ("from the callback", "Done")]);
        assert_eq!(client.frames(2).await, expected);
    }
    // The workflow is queried once for all connections.
    assert_eq!(engine.stats().queries, 2);
}

// Covers SEED-16.
#[tokio::test(start_paused = true)]
async fn workflow_without_callback_is_queried_for_its_last_activity() {
    let gateway = Gateway::start().await;
    gateway
        .engine
        .answer("get_current_activity", current_activity(Some("a_1")));
    gateway
        .engine
        .answer("get_activity_result", text("from the activity"));
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    gateway.started(1).await.complete(Json::null());
    assert_eq!(
        client.frames(1).await,
        frames([("from the activity", "Done")])
    );
}

// Covers SEED-16.
#[tokio::test(start_paused = true)]
async fn workflow_that_answers_no_query_is_done_with_null() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    gateway.started(1).await.complete(Json::null());
    assert_eq!(client.frames(1).await, frames([("null", "Done")]));

    gateway
        .engine
        .answer("get_current_activity", current_activity(None));
    client.start(json!(2)).await;
    gateway.started(2).await.complete(Json::null());
    assert_eq!(client.frames(1).await, frames([("null", "Done")]));
}

// Covers SEED-16.
#[tokio::test(start_paused = true)]
async fn query_for_a_result_times_out_and_delays_nothing_else() {
    let gateway = Gateway::start().await;
    gateway.engine.hang_queries();
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    client.start(json!(2)).await;
    let silent = gateway.started(1).await;
    let other = gateway.started(2).await;
    let began = tokio::time::Instant::now();
    silent.schedule("one");
    silent.complete(Json::null());
    assert_eq!(
        client.frames(1).await,
        frames([("one: Running", "Running")])
    );
    other.complete(text("done"));
    assert_eq!(client.frames(1).await, frames([("done", "Done")]));
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(client.frames(1).await, frames([("null", "Done")]));
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
}

fn current_activity(id: Option<&str>) -> Json {
    Json::from_value(&json!({
        "current_activity": "one", "status": "Done", "activity_id": id,
    }))
    .unwrap()
}

// Covers SEED-15.
#[tokio::test(start_paused = true)]
async fn workflow_without_worker_is_reported_once() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    let workflow = gateway.started(1).await;
    workflow.signal("start");
    let expected =
        "Example: Waiting (no worker on task queue \"examples\" has started it within 10 s)";
    assert_eq!(client.frames(1).await, frames([(expected, "Waiting")]));
    client.expect_silence(Duration::from_secs(30)).await;
    workflow.complete(text("at last"));
    assert_eq!(client.frames(1).await, frames([("at last", "Done")]));
}

// Covers SEED-15.
#[tokio::test(start_paused = true)]
async fn workflow_started_by_a_worker_is_not_reported_as_waiting() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    gateway.started(1).await.start_task();
    client.expect_silence(Duration::from_secs(30)).await;
}

// Covers SEED-12.
#[tokio::test(start_paused = true)]
async fn failing_workflow_task_is_reported_with_its_cause() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    gateway.started(1).await.push(WorkflowTaskFailed {
        cause: "WORKFLOW_WORKER_UNHANDLED_FAILURE".to_owned(),
        failure: None,
    });
    assert_eq!(client.error().await, "workflow_task_failed");
}

// Covers SEED-1.
#[tokio::test(start_paused = true)]
async fn echoes_are_ignored() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client
        .send(json!({"origin": "temporal", "message": "x", "status": "Running"}).to_string())
        .await;
    client.expect_silence(QUIET_PERIOD).await;
    assert_eq!(gateway.engine.stats().starts, 0);
}

// Covers SEED-8.
#[tokio::test(start_paused = true)]
async fn invalid_messages_are_answered_with_a_code_and_the_connection_stays_open() {
    let gateway = Gateway::start_with(fast_temporal_server::AppConfig::default()).await;
    let mut client = gateway.connect("ada").await;
    let bad: [(&str, &str); 6] = [
        ("{", "invalid_json"),
        ("[1]", "expected_object"),
        ("{}", "unknown_workflow"),
        (r#"{"workflow":{"workflow_name":"W"}}"#, "missing_field"),
        (
            r#"{"workflow":{"workflow_name":5,"workflow_task_queue":"q"}}"#,
            "invalid_field",
        ),
        (r#"{"workflow":"W"}"#, "invalid_field"),
    ];
    for (message, code) in bad {
        client.send(message).await;
        assert_eq!(client.error().await, code, "{message}");
    }
    client.send(vec![1_u8, 2, 3]).await;
    assert_eq!(client.error().await, "binary_not_supported");

    let workflow = json!({"workflow_name": "W", "workflow_task_queue": "q"});
    client.send(json!({"workflow": workflow}).to_string()).await;
    gateway.started(1).await.complete(text("fine"));
    assert_eq!(client.frames(1).await, frames([("fine", "Done")]));
}

// Covers SEED-23.
#[tokio::test(start_paused = true)]
async fn failed_starts_are_answered_with_a_code_and_the_next_succeeds() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    let kinds = [
        (EngineErrorKind::Unavailable, "temporal_unavailable"),
        (EngineErrorKind::Busy, "temporal_busy"),
        (EngineErrorKind::Invalid, "invalid_request"),
        (EngineErrorKind::Denied, "temporal_permission_denied"),
    ];
    for (kind, code) in kinds {
        gateway.engine.fail_starts(1, kind);
        client.start(json!({})).await;
        assert_eq!(client.error().await, code);
    }
    client.start(json!({})).await;
    gateway.started(1).await.complete(text("fine"));
    assert_eq!(client.frames(1).await, frames([("fine", "Done")]));
}

// Covers SEED-23.
#[tokio::test(start_paused = true)]
async fn hanging_start_times_out_and_delays_nothing_else() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    let workflow = gateway.started(1).await;
    gateway.engine.hang_starts();
    client.start(json!(2)).await;
    client.send("{").await;
    assert_eq!(client.error().await, "invalid_json");
    workflow.complete(text("done"));
    assert_eq!(client.frames(1).await, frames([("done", "Done")]));
    assert_eq!(client.error().await, "timeout");
}

// Covers SEED-32.
#[tokio::test(start_paused = true)]
async fn workflows_in_flight_are_limited_per_connection() {
    let mut config = config();
    config.seed.max_workflows_in_flight = 2;
    let gateway = Gateway::start_with(config).await;
    let mut client = gateway.connect("ada").await;
    for number in 0..3 {
        client.start(json!(number)).await;
    }
    assert_eq!(client.error().await, "too_many_workflows");
    gateway.started(1).await.complete(text("done"));
    assert_eq!(client.frames(1).await, frames([("done", "Done")]));
    client.start(json!(3)).await;
    gateway.started(3).await.complete(text("done too"));
    assert_eq!(client.frames(1).await, frames([("done too", "Done")]));
}

// Covers SEED-20.
#[tokio::test(start_paused = true)]
async fn disconnecting_does_not_cancel_a_start() {
    let gateway = Gateway::start().await;
    gateway.engine.hang(Call::Start);
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    // The response to a later message shows that the start is in flight.
    client.send("{").await;
    assert_eq!(client.error().await, "invalid_json");
    drop(client);
    let unfinished = timeout(Duration::from_secs(1), gateway.engine.started(1)).await;
    assert!(unfinished.is_err());

    gateway.engine.unhang(Call::Start);
    let workflow = gateway.started(1).await;
    workflow.schedule("one");
    let mut client = gateway.connect("ada").await;
    let expected = frames([("one: Running", "Running")]);
    assert_eq!(client.frames(1).await, expected);
}

#[tokio::test(start_paused = true)]
async fn long_and_short_frames_keep_their_order() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    client.start(json!(1)).await;
    let workflow = gateway.started(1).await;
    let names: Vec<_> = (0..40_usize)
        .map(|number| "n".repeat(1 + number * number * 60))
        .collect();
    for name in &names {
        workflow.schedule(name);
    }
    // Pongs are sent between frames, never inside one.
    for _ in 0..20 {
        client
            .send(tokio_tungstenite::tungstenite::Message::Ping("ping".into()))
            .await;
    }
    for name in &names {
        let frame = client.frame().await;
        assert!(
            frame["message"] == format!("{name}: Running"),
            "{} bytes",
            name.len()
        );
    }
    workflow.complete(text("done"));
    assert_eq!(client.frames(1).await, frames([("done", "Done")]));
}
