//! A feed is one chain: continue-as-new, retry, cron, reset, and very many runs.

use std::collections::HashSet;
use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate};
use fast_temporal_protocol::{EventData, Json};
use fast_temporal_testkit::fake::FakeEngine;
use tokio::time::sleep;

use crate::support::{
    all_events, end, events, events_until_update, gap, names, registry, registry_with, resume,
    setup, setup_with, small_ring, subscribe, subscribe_live, until_end, until_live,
    without_end_mark,
};

// Covers EV-7.
#[tokio::test(start_paused = true)]
async fn chain_is_followed_through_continue_as_new_retry_and_cron() {
    let (_, first, registry) = setup();
    let mut subscription = subscribe_live(&registry, &first).await;
    let second = first.continue_as_new();
    let third = second.fail_and_retry("boom");
    let fourth = third.complete_and_repeat(Json::null());
    fourth.complete(Json::null());
    let all = until_end(&mut subscription).await;
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
    let expected = all_events([&first, &second, &third]);
    for config in [small_ring(), FeedConfig::default()] {
        let registry = registry_with(&engine, config);
        let mut subscription = subscribe(&registry, &third).await;
        assert_eq!(until_live(&mut subscription).await, expected);
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
        for config in [small_ring(), FeedConfig::default()] {
            let registry = registry_with(&engine, config);
            let rest = until_end(&mut resume(&registry, &event.cursor).await).await;
            assert_eq!(rest, all[index + 1..], "after event {index}");
        }
    }
}

// Covers EV-8.
#[tokio::test(start_paused = true)]
async fn reset_run_follows_although_history_does_not_name_it() {
    let (_, base, registry) = setup();
    base.signals(3);
    let mut subscription = subscribe_live(&registry, &base).await;
    let new = base.reset(2);
    new.signal("after");
    let seen = events(&mut subscription, 3).await;
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
    let (_, workflow, registry) = setup();
    let mut subscription = subscribe_live(&registry, &workflow).await;
    workflow.terminate("enough");
    assert!(until_end(&mut subscription).await[0].end);
}

#[tokio::test(start_paused = true)]
async fn closed_workflow_continues_for_new_subscribers_after_a_reset() {
    let (engine, base, registry) = setup();
    base.signals(3);
    base.complete(Json::null());
    let mut first_subscription = subscribe(&registry, &base).await;
    let before = until_end(&mut first_subscription).await;
    let new = base.reset(2);
    new.signal("after");

    // On this node, which still has the ended feed, and on another one.
    for registry in [registry, crate::support::registry(&engine)] {
        let end = &before.last().expect("events").cursor;
        let mut subscription = resume(&registry, end).await;
        assert_eq!(
            names(&until_live(&mut subscription).await),
            ["workflow.reset", "signal.received"]
        );
        let mut fresh = subscribe(&registry, &new).await;
        let all = until_live(&mut fresh).await;
        assert_eq!(all[..before.len()], without_end_mark(before.clone()));
    }
    end(&mut first_subscription).await;
}

#[tokio::test(start_paused = true)]
async fn reset_to_an_earlier_run_follows_the_current_run() {
    let (engine, first, registry) = setup();
    first.signals(4);
    let second = first.continue_as_new();
    second.signals(2);
    let mut subscription = subscribe(&registry, &second).await;
    let mut seen = until_live(&mut subscription).await;
    let third = first.reset(3);
    third.complete(Json::null());
    seen.extend(until_end(&mut subscription).await);
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
    let fresh = until_end(&mut subscribe(&crate::support::registry(&engine), &third).await).await;
    assert_eq!(fresh, seen, "every node delivers the same events");
}

// Covers EV-9.
#[tokio::test(start_paused = true)]
async fn runs_deleted_by_retention_are_a_gap_and_the_rest_follows() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let second = first.continue_as_new();
    second.signals(2);
    let third = second.continue_as_new();
    third.signals(1);
    let lost = first.events()[0].cursor.clone();
    first.delete();
    let expected = all_events([&second, &third]);

    let mut fresh = subscribe(&registry(&engine), &third).await;
    gap(&mut fresh).await;
    assert_eq!(until_live(&mut fresh).await, expected);

    let mut resumed = resume(&registry(&engine), &lost).await;
    gap(&mut resumed).await;
    // The first run is missing for the chain too, which is one more gap.
    gap(&mut resumed).await;
    assert_eq!(until_live(&mut resumed).await, expected);
}

#[tokio::test(start_paused = true)]
async fn repeated_resets_deliver_no_event_twice() {
    let (_, first, registry) = setup();
    first.signals(3);
    let mut subscription = subscribe(&registry, &first).await;
    let mut seen = until_live(&mut subscription).await;
    let second = first.reset(2);
    second.signal("in the second");
    sleep(Duration::from_secs(1)).await;
    first.reset(2).signal("in the third");
    sleep(Duration::from_secs(1)).await;
    let fourth = second.reset(3);
    fourth.signal("in the fourth");
    fourth.complete(Json::null());
    seen.extend(until_end(&mut subscription).await);
    let cursors: HashSet<_> = seen.iter().map(|e| e.cursor.to_string()).collect();
    assert_eq!(cursors.len(), seen.len(), "{}", names(&seen).join(" "));
    assert_eq!(without_end_mark(seen).last(), fourth.events().last());
}

#[tokio::test(start_paused = true)]
async fn failed_run_that_was_reset_unobserved_is_not_the_end() {
    let (engine, base, registry) = setup();
    base.signals(3);
    let mut subscription = subscribe_live(&registry, &base).await;
    engine.make_unavailable();
    sleep(Duration::from_secs(30)).await;
    base.fail("boom");
    base.reset(2).signal("after");
    engine.make_available();
    let seen = events(&mut subscription, 3).await;
    assert_eq!(
        names(&seen),
        ["workflow.failed", "workflow.reset", "signal.received"]
    );
    assert!(seen.iter().all(|event| !event.end));
}

#[tokio::test(start_paused = true)]
async fn subscriber_of_a_reused_id_receives_the_newest_chain_while_the_old_feed_lags() {
    let (engine, old, registry) = setup();
    let _subscription = subscribe_live(&registry, &old).await;
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

#[tokio::test(start_paused = true)]
async fn followed_runs_that_are_deleted_are_a_gap_on_every_node() {
    let (engine, first, followed) = setup_with(small_ring());
    let _subscription = subscribe_live(&followed, &first).await;
    let second = first.continue_as_new();
    second.signals(5);
    let third = second.continue_as_new();
    third.signals(5);
    let fourth = third.continue_as_new();
    fourth.signals(5);
    sleep(Duration::from_secs(1)).await;
    first.delete();
    second.delete();
    let left = all_events([&third, &fourth]);
    for registry in [followed, registry(&engine)] {
        let mut fresh = subscribe(&registry, &fourth).await;
        gap(&mut fresh).await;
        assert_eq!(until_live(&mut fresh).await, left);
    }
}

#[tokio::test(start_paused = true)]
async fn chain_of_more_than_a_thousand_runs_is_complete_or_has_a_gap() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let mut runs = vec![first.clone(), first.reset(1)];
    for _ in 0..1200 {
        runs.push(runs.last().expect("runs").continue_as_new());
    }
    let all = all_events(&runs);
    let registry = registry(&engine);
    let mut subscription = subscribe(&registry, runs.last().expect("runs")).await;
    let (mut seen, mut update) = events_until_update(&mut subscription).await;
    let gap = matches!(update, FeedUpdate::Gap);
    if gap {
        (seen, update) = events_until_update(&mut subscription).await;
    }
    assert!(matches!(update, FeedUpdate::Live(_)), "{update:?}");
    assert!(all.ends_with(&seen), "{} events", seen.len());
    assert_eq!(gap, seen.len() < all.len(), "{} events", seen.len());
}

#[tokio::test(start_paused = true)]
async fn deleted_first_run_is_looked_up_once_for_all_subscribers() {
    let engine = FakeEngine::new();
    let first = engine.workflow("w");
    let mut last = first.continue_as_new();
    for _ in 0..900 {
        last = last.continue_as_new();
    }
    first.delete();
    let registry = registry(&engine);
    let mut lookups = Vec::new();
    for _ in 0..3 {
        let before = engine.stats().predecessors;
        let mut subscription = subscribe(&registry, &last).await;
        gap(&mut subscription).await;
        lookups.push(engine.stats().predecessors - before);
    }
    assert!(lookups[1] <= 2 && lookups[2] <= 2, "{lookups:?}");
}

#[tokio::test(start_paused = true)]
async fn endless_chain_resumes_in_runs_that_the_follower_no_longer_keeps() {
    let (_, first, registry) = setup_with(small_ring());
    let mut fast = subscribe(&registry, &first).await;
    let mut slow = subscribe(&registry, &first).await;
    let mut seen = until_live(&mut fast).await;
    let mut runs = vec![first];
    for number in 0..500 {
        let last = runs.last().expect("runs");
        let next = match number % 50 {
            49 => last.reset(1),
            _ => last.continue_as_new(),
        };
        runs.push(next);
        seen.extend(events(&mut fast, 2).await);
    }
    let all = all_events(&runs);
    assert_eq!(seen, all);
    assert_eq!(until_live(&mut slow).await, all);
    for after in [0, 3, 99, 100, 700] {
        let mut subscription = resume(&registry, &all[after].cursor).await;
        assert_eq!(
            until_live(&mut subscription).await,
            all[after + 1..],
            "{after}"
        );
    }
}
