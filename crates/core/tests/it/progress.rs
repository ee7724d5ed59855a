//! How running activities stand, told to those who ask.

use std::time::Duration;

use fast_temporal_core::{
    EngineErrorKind, FeedConfig, FeedUpdate, PayloadAccess, Registry, Subscription,
};
use fast_temporal_protocol::{
    Json,
    v1::{PendingActivity, PendingActivityState as State},
};
use fast_temporal_testkit::fake::{Call, FakeEngine, FakeWorkflow};
use tokio::time::{sleep, timeout};

use crate::reader::{
    events, names, next, registry, registry_with, resume, subscribe, until_end, until_live,
};

const MINUTE: Duration = Duration::from_mins(1);

fn json(text: &str) -> Json {
    Json::from_text(text.to_owned()).expect("JSON")
}

/// A reader that asks for progress, and is live.
async fn asking(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    let mut reader = subscribe(registry, workflow).await.with_progress();
    until_live(&mut reader).await;
    reader
}

/// What is told next, which is progress of one activity.
async fn progress(reader: &mut Subscription) -> PendingActivity {
    match next(reader).await {
        FeedUpdate::Progress(activities) => {
            let [activity] = &*activities else {
                panic!("{activities:?}")
            };
            activity.activity().clone()
        }
        step => panic!("{step:?}"),
    }
}

async fn hears_nothing(reader: &mut Subscription) {
    let heard = timeout(MINUTE, reader.next()).await;
    assert!(heard.is_err(), "{heard:?}");
}

#[tokio::test(start_paused = true)]
async fn attempts_heartbeats_and_failures_are_told_as_they_change() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let id = workflow.schedule("charge");
    workflow.schedule("idle");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    let place = reader.cursor().cloned();
    // What the events have told is not said again.
    hears_nothing(&mut reader).await;

    workflow.start_activity("charge");
    let told = progress(&mut reader).await;
    assert_eq!(
        (told.activity_id, told.attempt, told.state),
        (id, 1, State::Started)
    );
    workflow.heartbeat("charge", json("0.5"));
    assert_eq!(progress(&mut reader).await.heartbeat_details, [json("0.5")]);
    // The same again is no news.
    workflow.heartbeat("charge", json("0.5"));
    hears_nothing(&mut reader).await;
    workflow.fail_attempt("charge", "declined");
    let told = progress(&mut reader).await;
    assert_eq!((told.attempt, told.state), (2, State::Scheduled));
    assert_eq!(told.last_failure.expect("a failure").message, "declined");

    assert_eq!(reader.cursor().cloned(), place, "progress has no place");
    workflow.complete_activity("charge", Json::null());
    assert_eq!(names(&events(&mut reader, 1).await), ["activity.completed"]);
    hears_nothing(&mut reader).await;
}

#[tokio::test(start_paused = true)]
async fn one_request_serves_all_readers_of_a_feed() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    let registry = registry(&engine);
    let mut readers = Vec::new();
    for _ in 0..100 {
        readers.push(asking(&registry, &workflow).await);
    }
    workflow.heartbeat("charge", json("1"));
    for reader in &mut readers {
        assert_eq!(progress(reader).await.heartbeat_details, [json("1")]);
    }
    let before = engine.stats().details;
    sleep(MINUTE).await;
    let asked = engine.stats().details - before;
    assert!((27..=34).contains(&asked), "{asked} times in a minute");
    // Who comes later learns at once what the others know.
    let mut late = asking(&registry, &workflow).await;
    let told = timeout(Duration::from_millis(1), progress(&mut late)).await;
    assert_eq!(told.expect("at once").heartbeat_details, [json("1")]);
}

// Covers EV-17.
#[tokio::test(start_paused = true)]
async fn nothing_is_asked_where_nobody_wants_to_know_or_nothing_is_pending() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let asked = || engine.stats().details;
    let registry = registry(&engine);
    let reader = asking(&registry, &workflow).await;
    sleep(MINUTE).await;
    assert_eq!(asked(), 0, "nothing is pending");

    workflow.schedule("quick");
    sleep(Duration::from_secs(1)).await;
    workflow.complete_activity("quick", Json::null());
    sleep(MINUTE).await;
    assert_eq!(asked(), 0, "it was over within the interval");

    workflow.schedule("slow");
    sleep(MINUTE).await;
    assert!(asked() > 20);
    let mut silent = subscribe(&registry, &workflow).await;
    drop(reader);
    workflow.heartbeat("slow", json("1"));
    until_live(&mut silent).await;
    let before = asked();
    hears_nothing(&mut silent).await;
    assert_eq!(asked(), before, "nobody wants to know");

    let mut again = asking(&registry, &workflow).await;
    assert_eq!(progress(&mut again).await.activity_type, "slow");
    workflow.complete(Json::null());
    until_end(&mut again).await;
    let before = asked();
    sleep(MINUTE).await;
    assert_eq!(asked(), before, "it is over");
}

#[tokio::test(start_paused = true)]
async fn what_was_known_is_forgotten_when_nobody_asks() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    workflow.heartbeat("charge", json("1"));
    let registry = registry(&engine);
    let _silent = subscribe(&registry, &workflow).await;
    progress(&mut asking(&registry, &workflow).await).await;
    sleep(MINUTE).await;
    workflow.heartbeat("charge", json("2"));
    let mut reader = asking(&registry, &workflow).await;
    assert_eq!(progress(&mut reader).await.heartbeat_details, [json("2")]);
}

// Covers EV-19.
#[tokio::test(start_paused = true)]
async fn activities_that_the_feed_has_closed_are_not_told_of() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    workflow.start_activity("charge");
    engine.hang(Call::Details);
    let before = engine.stats().details;
    engine.stats_reach(|stats| stats.details > before).await;
    workflow.complete_activity("charge", Json::null());
    events(&mut reader, 1).await;
    // The answer is older than the event.
    engine.unhang(Call::Details);
    hears_nothing(&mut reader).await;
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_used_again_is_another_activity() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let scheduled = || fast_temporal_protocol::event::ActivityScheduled {
        activity_id: "mine".to_owned(),
        activity_type: "charge".to_owned(),
        ..Default::default()
    };
    workflow.push(scheduled());
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    workflow.heartbeat("charge", json("1"));
    progress(&mut reader).await;
    workflow.complete_activity("charge", Json::null());
    workflow.push(scheduled());
    events(&mut reader, 2).await;
    // A reader that asks from now on must not be told of the first one.
    let mut late = asking(&registry, &workflow).await;
    let told = timeout(Duration::from_millis(1), late.next()).await;
    assert!(told.is_err(), "{told:?}");
}

// Covers EV-19.
#[tokio::test(start_paused = true)]
async fn activities_are_told_of_after_their_scheduling() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("first");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    // The feed lags behind.
    engine.delay_reads(Duration::from_secs(10));
    workflow.signal("s");
    events(&mut reader, 1).await;
    workflow.schedule("second");
    workflow.start_activity("second");
    assert_eq!(names(&events(&mut reader, 1).await), ["activity.scheduled"]);
    assert_eq!(progress(&mut reader).await.activity_type, "second");
}

#[tokio::test(start_paused = true)]
async fn each_run_has_its_own_activities() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    workflow.heartbeat("charge", json("1"));
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    progress(&mut reader).await;
    let second = workflow.continue_as_new();
    events(&mut reader, 2).await;
    let before = engine.stats().details;
    hears_nothing(&mut reader).await;
    assert_eq!(engine.stats().details, before);
    second.schedule("charge");
    second.heartbeat("charge", json("2"));
    events(&mut reader, 1).await;
    assert_eq!(progress(&mut reader).await.heartbeat_details, [json("2")]);
}

#[tokio::test(start_paused = true)]
async fn activities_that_a_reset_brought_over_are_told_of() {
    let engine = FakeEngine::new();
    let base = engine.workflow("w");
    base.schedule("charge");
    base.schedule("other");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &base).await;
    let new = base.reset(3);
    new.complete_activity("other", Json::null());
    new.heartbeat("charge", json("1"));
    let seen = [
        "workflow.terminated",
        "workflow.reset",
        "activity.completed",
    ];
    assert_eq!(names(&events(&mut reader, 3).await), seen);
    assert_eq!(progress(&mut reader).await.activity_type, "charge");
    new.complete_activity("charge", Json::null());
    events(&mut reader, 1).await;
    let before = engine.stats().details;
    hears_nothing(&mut reader).await;
    assert!(engine.stats().details <= before + 1, "nothing is pending");
}

// Covers EV-18.
#[tokio::test(start_paused = true)]
async fn progress_is_not_replayed() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    workflow.heartbeat("charge", json("1"));
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    progress(&mut reader).await;
    let place = reader.cursor().expect("a place").clone();
    workflow.signal("s");
    let expected = events(&mut reader, 1).await;
    let mut resumed = resume(&registry, &place).await;
    assert_eq!(until_live(&mut resumed).await, expected);
    hears_nothing(&mut resumed).await;
}

// Covers EV-19.
#[tokio::test(start_paused = true)]
async fn events_come_first_and_none_is_lost_or_doubled() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    let write = async {
        for beat in 0..100 {
            workflow.heartbeat("charge", json(&beat.to_string()));
            workflow.signal("s");
            sleep(Duration::from_millis(500)).await;
        }
        workflow.complete(Json::null());
    };
    let read = async {
        let (mut seen, mut beats) = (Vec::new(), Vec::new());
        loop {
            // Given up again and again, as a session does.
            match timeout(Duration::from_millis(70), reader.next()).await {
                Ok(FeedUpdate::Events(batch)) => {
                    seen.extend(batch.iter().map(|e| e.event().clone()))
                }
                Ok(FeedUpdate::Progress(news)) => {
                    beats.push(news[0].activity().heartbeat_details[0].get().to_owned());
                }
                Ok(FeedUpdate::End) => return (seen, beats),
                Ok(step) => panic!("{step:?}"),
                Err(_) => {}
            }
        }
    };
    let ((), (seen, beats)) = tokio::join!(write, read);
    assert_eq!(seen.len(), 101);
    assert!((20..30).contains(&beats.len()), "{beats:?}");
    let numbers: Vec<u32> = beats
        .iter()
        .map(|beat| beat.parse().expect("a number"))
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[tokio::test(start_paused = true)]
async fn many_activities_are_told_of_in_batches() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    for number in 0..200 {
        let name = number.to_string();
        workflow.schedule(&name);
        workflow.start_activity(&name);
    }
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    let mut told = Vec::new();
    while told.len() < 200 {
        match next(&mut reader).await {
            FeedUpdate::Progress(news) => {
                assert!(news.len() <= 64);
                told.extend(news.iter().map(|it| it.activity().activity_type.clone()));
            }
            step => panic!("{step:?}"),
        }
    }
    let expected: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(told, expected);
    hears_nothing(&mut reader).await;
}

#[tokio::test(start_paused = true)]
async fn failures_slow_it_down_and_are_told_to_nobody() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    engine.fail(Call::Details, usize::MAX, EngineErrorKind::Busy);
    workflow.heartbeat("charge", json("1"));
    let heard = timeout(10 * MINUTE, reader.next()).await;
    assert!(heard.is_err(), "{heard:?}");
    let asked = engine.stats().details;
    assert!((15..=30).contains(&asked), "{asked} times in ten minutes");
    engine.fail(Call::Details, 0, EngineErrorKind::Busy);
    assert_eq!(progress(&mut reader).await.heartbeat_details, [json("1")]);
    // And at the usual pace again.
    let before = engine.stats().details;
    sleep(MINUTE).await;
    assert!(engine.stats().details - before > 25);
}

#[tokio::test(start_paused = true)]
async fn a_node_asks_no_more_often_than_it_may() {
    let engine = FakeEngine::new();
    let config = FeedConfig {
        progress_requests_per_second: 5,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut readers = Vec::new();
    for number in 0..100 {
        let workflow = engine.workflow(&format!("w{number}"));
        workflow.schedule("charge");
        workflow.heartbeat("charge", json("1"));
        readers.push(asking(&registry, &workflow).await);
    }
    let before = engine.stats().details;
    sleep(MINUTE).await;
    let asked = engine.stats().details - before;
    assert!((290..=301).contains(&asked), "{asked} times in a minute");
    for reader in &mut readers {
        progress(reader).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_stops_asks_no_more() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    engine.hang(Call::Details);
    engine.stats_reach(|stats| stats.details > 0).await;
    timeout(MINUTE, registry.shutdown()).await.expect("an end");
    let step = next(&mut reader).await;
    assert!(matches!(step, FeedUpdate::Failed(error) if error.kind == EngineErrorKind::Stopping));
}

// Covers EV-20.
#[tokio::test(start_paused = true)]
async fn payloads_of_progress_are_hidden_from_who_may_not_see_them() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.schedule("charge");
    workflow.heartbeat("charge", json("\"secret\""));
    let registry = registry(&engine);
    let mut reader = asking(&registry, &workflow).await;
    let FeedUpdate::Progress(news) = next(&mut reader).await else {
        panic!("no progress")
    };
    for (visibility, details) in [
        (PayloadAccess::Full, r#""heartbeat_details":["secret"]"#),
        (
            PayloadAccess::Hidden,
            r#""heartbeat_details":[{"hidden":true}]"#,
        ),
    ] {
        let frame = String::from_utf8(news[0].frame(visibility).to_vec()).expect("text");
        assert!(
            frame.starts_with(r#"{"progress":{"workflow_id":"w","activity":{"#),
            "{frame}"
        );
        assert!(frame.contains(details), "{frame}");
        let block = String::from_utf8(news[0].sse(visibility).to_vec()).expect("text");
        assert!(block.starts_with("event: progress\ndata: {") && block.ends_with("}\n\n"));
        assert!(block.contains(details), "{block}");
        assert_eq!(
            news[0].frame(visibility).as_ptr(),
            news[0].frame(visibility).as_ptr()
        );
    }
}
