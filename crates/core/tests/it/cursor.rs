//! Valid and invalid cursors.

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate, SubscribeError};
use fast_temporal_protocol::event::SignalReceived;
use fast_temporal_protocol::{Cursor, EventData, Position};
use fast_temporal_testkit::fake::FakeEngine;

use crate::support::{
    events, events_until_update, gap, names, next, registry, registry_with, resume, setup,
    small_ring, subscribe, until_live,
};

// Covers CUR-5.
#[tokio::test(start_paused = true)]
async fn cursor_of_another_workflow_or_namespace_is_an_error() {
    let (engine, workflow, registry) = setup();
    engine.workflow("other");
    let cursor = workflow.events()[0].cursor.clone();
    let elsewhere = registry.subscribe("other", Some(&cursor)).await;
    assert_eq!(elsewhere.err(), Some(SubscribeError::CursorMismatch));
    let foreign = Cursor {
        namespace: "foreign".into(),
        ..cursor
    };
    let foreign = registry.subscribe("w", Some(&foreign)).await;
    assert_eq!(foreign.err(), Some(SubscribeError::CursorMismatch));
}

#[tokio::test(start_paused = true)]
async fn unknown_workflow_is_not_found() {
    let registry = registry(&FakeEngine::new());
    let error = registry
        .subscribe("unknown", None)
        .await
        .expect_err("there is none");
    assert!(matches!(error, SubscribeError::Engine(e) if e.kind == EngineErrorKind::NotFound));
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn cursor_without_an_event_in_history_is_a_gap_and_the_run_follows() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(40);
    let mut cursor = workflow.events()[10].cursor.clone();
    cursor.position.version = 77;
    for config in [small_ring(), FeedConfig::default()] {
        let mut subscription = resume(&registry_with(&engine, config), &cursor).await;
        gap(&mut subscription).await;
        assert_eq!(until_live(&mut subscription).await, workflow.events());
    }
}

#[tokio::test(start_paused = true)]
async fn cursor_ahead_of_this_node_waits_for_its_event() {
    let (_, workflow, registry) = setup();
    until_live(&mut subscribe(&registry, &workflow).await).await;
    let seen = workflow.events()[0].cursor.clone();
    let ahead = Cursor {
        position: Position {
            event_id: 2,
            ..seen.position
        },
        ..seen
    };
    let mut subscription = resume(&registry, &ahead).await;
    workflow.signal("seen there already");
    workflow.signal("new");
    let (more, update) = events_until_update(&mut subscription).await;
    let more = if more.is_empty() {
        assert!(matches!(update, FeedUpdate::Live(_)));
        events(&mut subscription, 1).await
    } else {
        more
    };
    assert_eq!(more, workflow.events()[2..]);
}

#[tokio::test(start_paused = true)]
async fn live_carries_the_latest_cursor() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    workflow.signals(3);
    let last = workflow.events()[3].cursor.clone();
    let mut subscription = resume(&registry(&engine), &last).await;
    assert!(
        matches!(next(&mut subscription).await, FeedUpdate::Live(Some(cursor)) if cursor == last)
    );
}

#[tokio::test(start_paused = true)]
async fn cursor_between_events_of_one_history_event_resumes_between_them() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let signal = workflow_signal();
    workflow.push_all(vec![signal.clone(), signal.clone(), signal]);
    let all = workflow.events();
    let mut subscription = resume(&registry(&engine), &all[2].cursor).await;
    assert_eq!(
        names(&until_live(&mut subscription).await),
        ["signal.received"]
    );
    assert_eq!(subscription.cursor(), Some(&all[3].cursor));
}

fn workflow_signal() -> EventData {
    SignalReceived {
        name: "s".into(),
        input: Vec::new(),
    }
    .into()
}
