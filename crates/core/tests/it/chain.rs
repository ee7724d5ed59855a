//! A feed is one chain: continue-as-new, retry, cron, reset.

use std::{collections::HashSet, time::Duration};

use fast_temporal_core::{EngineErrorKind, FeedUpdate};
use fast_temporal_protocol::{EventData, Json};
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::sleep;

use crate::reader::{
    events, events_until_step, names, next, registry, registry_with, resume, subscribe, tiny,
    until_end, until_live, without_end,
};

// Covers EV-7.
#[tokio::test(start_paused = true)]
async fn chain_is_followed_through_continue_as_new_retry_and_cron() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &first).await;
    until_live(&mut reader).await;
    let second = first.continue_as_new();
    let third = second.fail_and_retry("boom");
    let fourth = third.complete_and_repeat(Json::null());
    fourth.complete(Json::null());
    let all = until_end(&mut reader).await;
    assert_eq!(
        names(&all),
        [
            "workflow.continued_as_new",
            "workflow.started",
            "workflow.failed",
            "workflow.started",
            "workflow.completed",
            "workflow.started",
            "workflow.completed",
        ]
    );
    assert!(all[..6].iter().all(|event| !event.end) && all[6].end);
}

#[tokio::test(start_paused = true)]
async fn chain_is_read_from_its_first_run_whichever_is_current() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    first.signals(30);
    let second = first.continue_as_new();
    second.signals(30);
    let third = second.continue_as_new();
    third.signals(30);
    let mut expected = first.events();
    expected.extend(second.events());
    expected.extend(third.events());
    for config in [tiny(), fast_temporal_core::FeedConfig::default()] {
        let registry = registry_with(&engine, config);
        let mut reader = subscribe(&registry, &third).await;
        assert_eq!(until_live(&mut reader).await, expected);
    }
}

// Covers CUR-1, EV-4.
#[tokio::test(start_paused = true)]
async fn every_cursor_of_a_chain_resumes_on_a_new_node_with_exactly_the_rest() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    first.signals(9);
    let second = first.continue_as_new();
    second.signals(20);
    let third = second.reset(5);
    third.signals(3);
    third.complete(Json::null());
    let all = until_end(&mut subscribe(&registry(&engine), &third).await).await;
    assert_eq!(all.iter().filter(|event| event.end).count(), 1);
    for (index, event) in all.iter().enumerate() {
        for config in [tiny(), fast_temporal_core::FeedConfig::default()] {
            let registry = registry_with(&engine, config);
            let rest = until_end(&mut resume(&registry, &event.cursor).await).await;
            assert_eq!(rest, all[index + 1..], "after event {index}");
        }
    }
}

// Covers EV-8.
#[tokio::test(start_paused = true)]
async fn reset_run_follows_though_history_names_none() {
    let engine = FakeEngine::new();
    let base = engine.workflow("w");
    base.signals(3);
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &base).await;
    until_live(&mut reader).await;
    let new = base.reset(2);
    new.signal("after");
    let seen = events(&mut reader, 3).await;
    assert_eq!(
        names(&seen),
        ["workflow.terminated", "workflow.reset", "signal.received"]
    );
    assert!(!seen[0].end, "a run that was reset is not the feed's end");
    assert!(
        matches!(&seen[1].data, EventData::WorkflowReset(r) if r.base_run_id == **base.run_id())
    );
}

#[tokio::test(start_paused = true)]
async fn termination_without_a_reset_ends_the_feed() {
    let engine = FakeEngine::new();
    let workflow = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &workflow).await;
    until_live(&mut reader).await;
    workflow.terminate("enough");
    assert!(until_end(&mut reader).await[0].end);
}

#[tokio::test(start_paused = true)]
async fn closed_workflow_that_is_reset_goes_on_for_whoever_comes_back() {
    let engine = FakeEngine::new();
    let base = engine.workflow("w");
    base.signals(3);
    base.complete(Json::null());
    let registry = registry(&engine);
    let mut first_reader = subscribe(&registry, &base).await;
    let before = until_end(&mut first_reader).await;
    let new = base.reset(2);
    new.signal("after");

    // Here, where the ended feed is still known, and on another node.
    for registry in [registry, crate::reader::registry(&engine)] {
        let end = &before.last().expect("events").cursor;
        let mut reader = resume(&registry, end).await;
        assert_eq!(
            names(&until_live(&mut reader).await),
            ["workflow.reset", "signal.received"]
        );
        let mut fresh = subscribe(&registry, &new).await;
        let all = until_live(&mut fresh).await;
        assert_eq!(all[..before.len()], without_end(before.clone()));
    }
    assert!(
        matches!(next(&mut first_reader).await, FeedUpdate::End),
        "who has the end keeps it"
    );
}

#[tokio::test(start_paused = true)]
async fn reset_to_an_earlier_run_goes_on_where_the_ways_part() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    first.signals(4);
    let second = first.continue_as_new();
    second.signals(2);
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &second).await;
    let mut seen = until_live(&mut reader).await;
    let third = first.reset(3);
    third.complete(Json::null());
    seen.extend(until_end(&mut reader).await);
    assert_eq!(
        names(&seen)[6..],
        [
            "workflow.started",
            "signal.received",
            "signal.received",
            "workflow.terminated",
            "workflow.reset",
            "workflow.completed",
        ]
    );
    let fresh = until_end(&mut subscribe(&crate::reader::registry(&engine), &third).await).await;
    assert_eq!(fresh, seen, "every node tells the same");
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn runs_that_retention_took_are_a_gap_and_the_rest_follows() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let second = first.continue_as_new();
    second.signals(2);
    let third = second.continue_as_new();
    third.signals(1);
    let lost = first.events()[0].cursor.clone();
    first.forget();
    let mut expected = second.events();
    expected.extend(third.events());

    let mut fresh = subscribe(&registry(&engine), &third).await;
    assert!(matches!(next(&mut fresh).await, FeedUpdate::Gap));
    assert_eq!(until_live(&mut fresh).await, expected);

    let mut resumed = resume(&registry(&engine), &lost).await;
    let (nothing, step) = events_until_step(&mut resumed).await;
    assert!(nothing.is_empty() && matches!(step, FeedUpdate::Gap));
    // The oldest run is gone for the chain's readers too, which is one more gap.
    let (nothing, step) = events_until_step(&mut resumed).await;
    assert!(nothing.is_empty() && matches!(step, FeedUpdate::Gap));
    assert_eq!(until_live(&mut resumed).await, expected);
}

#[tokio::test(start_paused = true)]
async fn reset_after_reset_tells_nothing_twice() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    first.signals(3);
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &first).await;
    let mut seen = until_live(&mut reader).await;
    let second = first.reset(2);
    second.signal("in the second");
    sleep(Duration::from_secs(1)).await;
    first.reset(2).signal("in the third");
    sleep(Duration::from_secs(1)).await;
    let fourth = second.reset(3);
    fourth.signal("in the fourth");
    fourth.complete(Json::null());
    seen.extend(until_end(&mut reader).await);
    let cursors: HashSet<_> = seen.iter().map(|e| e.cursor.to_string()).collect();
    assert_eq!(cursors.len(), seen.len(), "{}", names(&seen).join(" "));
    assert_eq!(without_end(seen).last(), fourth.events().last());
}

#[tokio::test(start_paused = true)]
async fn failed_run_that_is_reset_before_anyone_saw_it_is_not_the_end() {
    let engine = FakeEngine::new();
    let base = engine.workflow("w");
    base.signals(3);
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &base).await;
    until_live(&mut reader).await;
    engine.go_away();
    sleep(Duration::from_secs(30)).await;
    base.fail("boom");
    base.reset(2).signal("after");
    engine.come_back();
    let seen = events(&mut reader, 3).await;
    assert_eq!(
        names(&seen),
        ["workflow.failed", "workflow.reset", "signal.received"]
    );
    assert!(seen.iter().all(|event| !event.end));
}

#[tokio::test(start_paused = true)]
async fn reader_of_an_id_used_again_gets_its_newest_chain_while_the_old_one_lags() {
    let engine = FakeEngine::new();
    let old = engine.workflow("w");
    let registry = registry(&engine);
    let mut reader = subscribe(&registry, &old).await;
    until_live(&mut reader).await;
    engine.fail_reads(6, EngineErrorKind::Unavailable);
    old.signal("unseen");
    sleep(Duration::from_millis(10)).await;
    old.complete(Json::null());
    let new = engine.workflow("w");
    let _starter = registry.subscribe_started(new.id(), &new.as_started());
    sleep(Duration::from_millis(1)).await;
    let mut newcomer = subscribe(&registry, &new).await;
    assert_eq!(until_live(&mut newcomer).await, new.events());
}
