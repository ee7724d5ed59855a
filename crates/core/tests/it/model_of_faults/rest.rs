//! What a reader was given in the end, held against what there is.

use fast_temporal_core::Engine as _;
use fast_temporal_protocol::{Cursor, Event, Position};
use fast_temporal_testkit::fake::FakeEngine;

use super::{reader::Reader, world::World};
use crate::reader::without_end;

/// After a gap, a reader was given all that is left, from the start of some run. What it had not
/// seen before that, it was not spared.
pub async fn check(world: &World, reader: &Reader) {
    assert!(reader.seen.last().is_some_and(|event| event.end));
    let told = world.told();
    let seen = without_end(reader.seen.clone());
    if reader.gaps == 0 {
        assert_eq!(places(&seen), places(&told));
    }
    assert!(
        told.ends_with(&seen),
        "{:?} of {:?}",
        places(&seen),
        places(&told)
    );
    let (before, after) = told.split_at(told.len() - seen.len());
    let run = |event: Option<&Event>| event.map(|event| event.cursor.run_id.clone());
    assert_ne!(run(before.last()), run(after.first()), "within a run");
    let (left, seen_before) = (world.left(), without_end(reader.seen_before.clone()));
    let is_unseen = |event: &Event| left.contains(event) && !seen_before.contains(event);
    for (number, event) in before.iter().enumerate() {
        let next = before.get(number + 1).filter(|next| is_unseen(next));
        if is_unseen(event) && next.is_none() {
            let resumed = &told[number + 1];
            assert!(
                is_cut_off(&world.engine, resumed).await,
                "unseen: {event:?}"
            );
        }
    }
    assert!(reader.gaps < 12, "{} gaps", reader.gaps);
}

/// Whether nothing leads from this event's run to those before it: it was made by the reset of one
/// that retention has taken since.
async fn is_cut_off(engine: &FakeEngine, event: &Event) -> bool {
    let Cursor {
        workflow_id,
        run_id,
        ..
    } = &event.cursor;
    let base = engine.predecessor(workflow_id, run_id).await;
    let base = base.expect("a run that is left");
    let base = base.expect("a run before it");
    engine.describe(workflow_id, Some(&base)).await.is_err()
}

/// What tells events apart, in few words.
fn places(events: &[Event]) -> Vec<String> {
    let place = |event: &Event| {
        let Position {
            event_id,
            index,
            version,
        } = event.cursor.position;
        format!("{} {event_id}.{index} v{version}", event.cursor.run_id)
    };
    events.iter().map(place).collect()
}
