//! Compares what a subscriber received with what there is.

use fast_temporal_core::Engine as _;
use fast_temporal_protocol::{Cursor, Event, Position};
use fast_temporal_testkit::fake::FakeEngine;

use super::{subscriber::Subscriber, world::World};
use crate::support::without_end_mark;

/// After a gap, a subscriber received all that remains, from the start of some run, including what it
/// had not received before.
pub async fn check(world: &World, subscriber: &Subscriber) {
    assert!(subscriber.seen.last().is_some_and(|event| event.end));
    let all = world.all_events();
    let seen = without_end_mark(subscriber.seen.clone());
    if subscriber.gaps == 0 {
        assert_eq!(positions(&seen), positions(&all));
    }
    assert!(
        all.ends_with(&seen),
        "{:?} of {:?}",
        positions(&seen),
        positions(&all)
    );
    let (before, after) = all.split_at(all.len() - seen.len());
    let run = |event: Option<&Event>| event.map(|event| event.cursor.run_id.clone());
    assert_ne!(run(before.last()), run(after.first()), "within a run");
    let (remaining, seen_before) = (
        world.remaining(),
        without_end_mark(subscriber.seen_before.clone()),
    );
    let is_unseen = |event: &Event| remaining.contains(event) && !seen_before.contains(event);
    for (number, event) in before.iter().enumerate() {
        let next = before.get(number + 1).filter(|next| is_unseen(next));
        if is_unseen(event) && next.is_none() {
            let resumed = &all[number + 1];
            assert!(
                is_unlinked(&world.engine, resumed).await,
                "unseen: {event:?}"
            );
        }
    }
    assert!(subscriber.gaps < 12, "{} gaps", subscriber.gaps);
}

/// Whether nothing links this event's run to those before it: it is a reset of a run that retention has
/// deleted since.
async fn is_unlinked(engine: &FakeEngine, event: &Event) -> bool {
    let Cursor {
        workflow_id,
        run_id,
        ..
    } = &event.cursor;
    let base = engine.predecessor(workflow_id, run_id).await;
    let base = base.expect("a run that remains");
    let base = base.expect("a run before it");
    engine.describe(workflow_id, Some(&base)).await.is_err()
}

/// The positions of events, for messages.
fn positions(events: &[Event]) -> Vec<String> {
    let position = |event: &Event| {
        let Position {
            event_id,
            index,
            version,
        } = event.cursor.position;
        format!("{} {event_id}.{index} v{version}", event.cursor.run_id)
    };
    events.iter().map(position).collect()
}
