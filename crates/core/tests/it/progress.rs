//! Subscriptions with the progress of running activities.

use std::time::Duration;

use fast_temporal_core::{
    EngineErrorKind, FeedConfig, FeedUpdate, PayloadAccess, Registry, Subscription,
};
use fast_temporal_protocol::{
    Json,
    event::ActivityScheduled,
    v1::{PendingActivity, PendingActivityState as State},
};
use fast_temporal_testkit::fake::{Call, FakeEngine, FakeWorkflow};
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::support::{
    MINUTE, events, expect_events, failure, json, names, next, receives_nothing, registry,
    registry_with, resume, setup, subscribe, until_end, until_live,
};

/// A subscription with progress that is live.
async fn subscribe_with_progress(registry: &Registry, workflow: &FakeWorkflow) -> Subscription {
    let mut subscription = subscribe(registry, workflow).await.with_progress();
    until_live(&mut subscription).await;
    subscription
}

/// The next update, which must be progress of one activity.
async fn progress(subscription: &mut Subscription) -> PendingActivity {
    match next(subscription).await {
        FeedUpdate::Progress(activities) => {
            let [activity] = &*activities else {
                panic!("{activities:?}")
            };
            activity.activity().clone()
        }
        update => panic!("{update:?}"),
    }
}

/// The next update, which must be progress of one activity with this heartbeat.
async fn expect_heartbeat(subscription: &mut Subscription, details: impl Into<Value>) {
    let details = [json(details)];
    assert_eq!(progress(subscription).await.heartbeat_details, details);
}

#[tokio::test(start_paused = true)]
async fn attempts_heartbeats_and_failures_are_delivered_as_they_change() {
    let (_, workflow, registry) = setup();
    let id = workflow.schedule("charge");
    workflow.schedule("idle");
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    let cursor = subscription.cursor().cloned();
    // What the events show is not repeated.
    receives_nothing(&mut subscription).await;

    workflow.start_activity("charge");
    let change = progress(&mut subscription).await;
    assert_eq!(
        (change.activity_id, change.attempt, change.state),
        (id, 1, State::Started)
    );
    workflow.heartbeat("charge", json(0.5));
    expect_heartbeat(&mut subscription, 0.5).await;
    // The same heartbeat again is no change.
    workflow.heartbeat("charge", json(0.5));
    receives_nothing(&mut subscription).await;
    workflow.fail_attempt("charge", "declined");
    let change = progress(&mut subscription).await;
    assert_eq!((change.attempt, change.state), (2, State::Scheduled));
    assert_eq!(change.last_failure.expect("a failure").message, "declined");

    assert_eq!(
        subscription.cursor().cloned(),
        cursor,
        "progress does not move the cursor"
    );
    workflow.complete_activity("charge", Json::null());
    expect_events(&mut subscription, &["activity.completed"]).await;
    receives_nothing(&mut subscription).await;
}

#[tokio::test(start_paused = true)]
async fn one_request_serves_all_progress_subscribers_of_a_feed() {
    let (engine, workflow, registry) = setup();
    workflow.schedule("charge");
    let mut subscriptions = Vec::new();
    for _ in 0..100 {
        subscriptions.push(subscribe_with_progress(&registry, &workflow).await);
    }
    workflow.heartbeat("charge", json(1));
    for subscription in &mut subscriptions {
        expect_heartbeat(subscription, 1).await;
    }
    let before = engine.stats().details;
    sleep(MINUTE).await;
    let requests = engine.stats().details - before;
    assert!(
        (27..=34).contains(&requests),
        "{requests} requests in a minute"
    );
    // A later subscriber receives at once what the others have.
    let mut late = subscribe_with_progress(&registry, &workflow).await;
    let received = timeout(Duration::from_millis(1), progress(&mut late)).await;
    assert_eq!(received.expect("at once").heartbeat_details, [json(1)]);
}

// Covers EV-17.
#[tokio::test(start_paused = true)]
async fn progress_is_not_polled_without_subscribers_or_pending_activities() {
    let (engine, workflow, registry) = setup();
    let requests = || engine.stats().details;
    let subscription = subscribe_with_progress(&registry, &workflow).await;
    sleep(MINUTE).await;
    assert_eq!(requests(), 0, "nothing is pending");

    workflow.schedule("quick");
    sleep(Duration::from_secs(1)).await;
    workflow.complete_activity("quick", Json::null());
    sleep(MINUTE).await;
    assert_eq!(requests(), 0, "it was closed within the interval");

    workflow.schedule("slow");
    sleep(MINUTE).await;
    assert!(requests() > 20);
    let mut without_progress = subscribe(&registry, &workflow).await;
    drop(subscription);
    workflow.heartbeat("slow", json(1));
    until_live(&mut without_progress).await;
    let before = requests();
    receives_nothing(&mut without_progress).await;
    assert_eq!(requests(), before, "no subscribers");

    let mut again = subscribe_with_progress(&registry, &workflow).await;
    assert_eq!(progress(&mut again).await.activity_type, "slow");
    workflow.complete(Json::null());
    until_end(&mut again).await;
    let before = requests();
    sleep(MINUTE).await;
    assert_eq!(requests(), before, "the workflow is closed");
}

#[tokio::test(start_paused = true)]
async fn progress_is_forgotten_without_subscribers() {
    let (_, workflow, registry) = setup();
    workflow.schedule("charge");
    workflow.heartbeat("charge", json(1));
    let _without_progress = subscribe(&registry, &workflow).await;
    progress(&mut subscribe_with_progress(&registry, &workflow).await).await;
    sleep(MINUTE).await;
    workflow.heartbeat("charge", json(2));
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    expect_heartbeat(&mut subscription, 2).await;
}

// Covers EV-30.
#[tokio::test(start_paused = true)]
async fn closed_activities_have_no_progress() {
    let (engine, workflow, registry) = setup();
    workflow.schedule("charge");
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    workflow.start_activity("charge");
    engine.hang(Call::Details);
    let before = engine.stats().details;
    engine.stats_reach(|stats| stats.details > before).await;
    workflow.complete_activity("charge", Json::null());
    events(&mut subscription, 1).await;
    // The response is older than the event.
    engine.release(Call::Details);
    receives_nothing(&mut subscription).await;
}

#[tokio::test(start_paused = true)]
async fn reused_activity_id_is_another_activity() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let scheduled = || ActivityScheduled {
        activity_id: "mine".to_owned(),
        activity_type: "charge".to_owned(),
        ..Default::default()
    };
    workflow.push(scheduled());
    let registry = registry(&engine);
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    workflow.heartbeat("charge", json(1));
    progress(&mut subscription).await;
    workflow.complete_activity("charge", Json::null());
    workflow.push(scheduled());
    events(&mut subscription, 2).await;
    // A subscription made now must not receive progress of the first one.
    let mut late = subscribe_with_progress(&registry, &workflow).await;
    let received = timeout(Duration::from_millis(1), late.next()).await;
    assert!(received.is_err(), "{received:?}");
}

// Covers EV-19.
#[tokio::test(start_paused = true)]
async fn progress_follows_the_scheduling_event() {
    let (engine, workflow, registry) = setup();
    workflow.schedule("first");
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    // The feed lags.
    engine.delay_reads(Duration::from_secs(10));
    workflow.signal("s");
    events(&mut subscription, 1).await;
    workflow.schedule("second");
    workflow.start_activity("second");
    expect_events(&mut subscription, &["activity.scheduled"]).await;
    assert_eq!(progress(&mut subscription).await.activity_type, "second");
}

#[tokio::test(start_paused = true)]
async fn each_run_has_its_own_activities() {
    let (engine, workflow, registry) = setup();
    workflow.schedule("charge");
    workflow.heartbeat("charge", json(1));
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    progress(&mut subscription).await;
    let second = workflow.continue_as_new();
    events(&mut subscription, 2).await;
    let before = engine.stats().details;
    receives_nothing(&mut subscription).await;
    assert_eq!(engine.stats().details, before);
    second.schedule("charge");
    second.heartbeat("charge", json(2));
    events(&mut subscription, 1).await;
    expect_heartbeat(&mut subscription, 2).await;
}

#[tokio::test(start_paused = true)]
async fn activities_carried_over_by_a_reset_have_progress() {
    let (engine, base, registry) = setup();
    base.schedule("charge");
    base.schedule("other");
    let mut subscription = subscribe_with_progress(&registry, &base).await;
    let new = base.reset(3);
    new.complete_activity("other", Json::null());
    new.heartbeat("charge", json(1));
    let seen = [
        "workflow.terminated",
        "workflow.reset",
        "activity.completed",
    ];
    assert_eq!(names(&events(&mut subscription, 3).await), seen);
    assert_eq!(progress(&mut subscription).await.activity_type, "charge");
    new.complete_activity("charge", Json::null());
    events(&mut subscription, 1).await;
    let before = engine.stats().details;
    receives_nothing(&mut subscription).await;
    assert!(engine.stats().details <= before + 1, "nothing is pending");
}

// Covers EV-18.
#[tokio::test(start_paused = true)]
async fn progress_is_not_replayed() {
    let (_, workflow, registry) = setup();
    workflow.schedule("charge");
    workflow.heartbeat("charge", json(1));
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    progress(&mut subscription).await;
    let cursor = subscription.cursor().expect("a cursor").clone();
    workflow.signal("s");
    let expected = events(&mut subscription, 1).await;
    let mut resumed = resume(&registry, &cursor).await;
    assert_eq!(until_live(&mut resumed).await, expected);
    receives_nothing(&mut resumed).await;
}

// Covers EV-19, EV-30.
#[tokio::test(start_paused = true)]
async fn events_precede_progress_and_none_is_lost_or_repeated() {
    let (_, workflow, registry) = setup();
    workflow.schedule("charge");
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    let write = async {
        for beat in 0..100 {
            workflow.heartbeat("charge", json(beat));
            workflow.signal("s");
            sleep(Duration::from_millis(500)).await;
        }
        workflow.complete(Json::null());
    };
    let read = async {
        let (mut seen, mut heartbeats) = (Vec::new(), Vec::new());
        loop {
            // Cancelled again and again, as a connection does.
            match timeout(Duration::from_millis(70), subscription.next()).await {
                Ok(FeedUpdate::Events(batch)) => {
                    seen.extend(batch.iter().map(|e| e.event().clone()));
                }
                Ok(FeedUpdate::Progress(progress)) => {
                    heartbeats.push(progress[0].activity().heartbeat_details[0].get().to_owned());
                }
                Ok(FeedUpdate::End) => return (seen, heartbeats),
                Ok(update) => panic!("{update:?}"),
                Err(_) => {}
            }
        }
    };
    let ((), (seen, heartbeats)) = tokio::join!(write, read);
    assert_eq!(seen.len(), 101);
    assert!((20..30).contains(&heartbeats.len()), "{heartbeats:?}");
    let numbers: Vec<u32> = heartbeats
        .iter()
        .map(|beat| beat.parse().expect("a number"))
        .collect();
    assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
}

#[tokio::test(start_paused = true)]
async fn progress_of_many_activities_comes_in_batches() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    for number in 0..200 {
        let name = number.to_string();
        workflow.schedule(&name);
        workflow.start_activity(&name);
    }
    let registry = registry(&engine);
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    let mut received = Vec::new();
    while received.len() < 200 {
        match next(&mut subscription).await {
            FeedUpdate::Progress(progress) => {
                assert!(progress.len() <= 64);
                received.extend(
                    progress
                        .iter()
                        .map(|it| it.activity().activity_type.clone()),
                );
            }
            update => panic!("{update:?}"),
        }
    }
    let expected: Vec<_> = (0..200).map(|number| number.to_string()).collect();
    assert_eq!(received, expected);
    receives_nothing(&mut subscription).await;
}

#[tokio::test(start_paused = true)]
async fn failing_progress_polls_back_off_silently() {
    let (engine, workflow, registry) = setup();
    workflow.schedule("charge");
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    engine.fail(Call::Details, usize::MAX, EngineErrorKind::Busy);
    workflow.heartbeat("charge", json(1));
    let update = timeout(10 * MINUTE, subscription.next()).await;
    assert!(update.is_err(), "{update:?}");
    let requests = engine.stats().details;
    assert!(
        (15..=30).contains(&requests),
        "{requests} requests in ten minutes"
    );
    engine.fail(Call::Details, 0, EngineErrorKind::Busy);
    expect_heartbeat(&mut subscription, 1).await;
    // It polls at the usual pace again.
    let before = engine.stats().details;
    sleep(MINUTE).await;
    assert!(engine.stats().details - before > 25);
}

#[tokio::test(start_paused = true)]
async fn progress_requests_of_a_node_are_limited() {
    let engine = FakeEngine::new();
    let config = FeedConfig {
        progress_requests_per_second: 5,
        ..FeedConfig::default()
    };
    let registry = registry_with(&engine, config);
    let mut subscriptions = Vec::new();
    for number in 0..100 {
        let workflow = engine.workflow(&format!("w{number}"));
        workflow.schedule("charge");
        workflow.heartbeat("charge", json(1));
        subscriptions.push(subscribe_with_progress(&registry, &workflow).await);
    }
    let before = engine.stats().details;
    sleep(MINUTE).await;
    let requests = engine.stats().details - before;
    assert!(
        (290..=301).contains(&requests),
        "{requests} requests in a minute"
    );
    for subscription in &mut subscriptions {
        progress(subscription).await;
    }
}

#[tokio::test(start_paused = true)]
async fn stopping_node_polls_no_progress() {
    let (engine, workflow, registry) = setup();
    workflow.schedule("charge");
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    engine.hang(Call::Details);
    engine.stats_reach(|stats| stats.details > 0).await;
    timeout(MINUTE, registry.shutdown()).await.expect("an end");
    assert_eq!(failure(&mut subscription).await, EngineErrorKind::Stopping);
}

// Covers EV-20.
#[tokio::test(start_paused = true)]
async fn payloads_of_progress_are_hidden_without_permission() {
    let (_, workflow, registry) = setup();
    workflow.schedule("charge");
    workflow.heartbeat("charge", json("secret"));
    let mut subscription = subscribe_with_progress(&registry, &workflow).await;
    let FeedUpdate::Progress(progress) = next(&mut subscription).await else {
        panic!("no progress")
    };
    for (access, details) in [
        (PayloadAccess::Full, r#""heartbeat_details":["secret"]"#),
        (
            PayloadAccess::Hidden,
            r#""heartbeat_details":[{"hidden":true}]"#,
        ),
    ] {
        let frame = String::from_utf8(progress[0].frame(access).to_vec()).expect("text");
        assert!(
            frame.starts_with(r#"{"progress":{"workflow_id":"w","activity":{"#),
            "{frame}"
        );
        assert!(frame.contains(details), "{frame}");
        let block = String::from_utf8(progress[0].sse(access).to_vec()).expect("text");
        assert!(block.starts_with("event: progress\ndata: {") && block.ends_with("}\n\n"));
        assert!(block.contains(details), "{block}");
        assert_eq!(
            progress[0].frame(access).as_ptr(),
            progress[0].frame(access).as_ptr()
        );
    }
}
