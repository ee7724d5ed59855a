//! A history has the same events however it is read.

use fast_temporal_protocol::Event;
use proptest::{prelude::*, sample::Index};
use temporalio_common::protos::temporal::api::{
    enums::v1::EventType,
    history::v1::{HistoryEvent, history_event::Attributes},
};

use super::history::{self, event};

/// A recording and the ends of its pages.
fn paged() -> impl Strategy<Value = (&'static str, &'static [HistoryEvent], Vec<usize>)> {
    let names = history::names();
    let cuts = prop::collection::vec(any::<Index>(), 0..6);
    (prop::sample::select(names), cuts).prop_map(|(name, cuts)| {
        let events = history::read(name);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(events.len() + 1)).collect();
        cuts.push(events.len());
        cuts.sort_unstable();
        (name, events, cuts)
    })
}

/// A failing task as the server returns it at the tail, under the next ids.
fn transient(last: i64) -> [HistoryEvent; 2] {
    let event = |event_id, kind: EventType, attributes: Attributes| HistoryEvent {
        event_id,
        event_type: kind.into(),
        attributes: Some(attributes),
        ..Default::default()
    };
    let scheduled = event!(WorkflowTaskScheduledEventAttributes { attempt: 2 });
    let started = event!(WorkflowTaskStartedEventAttributes {
        scheduled_event_id: last + 1
    });
    [
        event(last + 1, EventType::WorkflowTaskScheduled, scheduled),
        event(last + 2, EventType::WorkflowTaskStarted, started),
    ]
}

proptest! {
    // Covers EV-21.
    #[test]
    fn any_pages_give_the_same_events((name, events, cuts) in paged()) {
        let mut projection = history::projection(events);
        let (mut made, mut start) = (Vec::new(), 0);
        for end in cuts {
            made.extend(history::apply(&mut projection, &events[start..end]));
            start = end;
        }
        prop_assert_eq!(made, history::project(events), "{}", name);
    }

    #[test]
    fn fork_at_any_page_continues_with_the_same_events((name, events, cuts) in paged()) {
        let mut projection = history::projection(events);
        let whole = history::project(events);
        let (mut made, mut start) = (Vec::new(), 0);
        for end in cuts {
            made.extend(history::apply(&mut projection, &events[start..end]));
            let mut fork = projection.clone();
            let rest = history::apply(&mut fork, &events[end..]);
            prop_assert_eq!([&*made, &*rest].concat(), &*whole, "{}", name);
            start = end;
        }
    }

    // Covers EV-21.
    #[test]
    fn what_follows_any_cursor_is_exactly_the_rest(
        (name, events, cuts) in paged(),
        at in any::<Index>(),
    ) {
        let whole = history::project(events);
        prop_assume!(!whole.is_empty());
        let at = at.index(whole.len());
        let after = whole[at].cursor.position;
        let mut projection = history::projection(events);
        let (mut rest, mut start) = (Vec::<Event>::new(), 0);
        for end in cuts {
            let page = history::apply(&mut projection, &events[start..end]);
            rest.extend(page.into_iter().filter(|event| event.cursor.position > after));
            start = end;
        }
        prop_assert_eq!(&*rest, &whole[at + 1..], "{}", name);
    }

    #[test]
    fn transient_tasks_at_the_tail_change_nothing((name, events, cuts) in paged()) {
        let mut projection = history::projection(events);
        let (mut made, mut start) = (Vec::new(), 0);
        for end in cuts {
            made.extend(history::apply(&mut projection, &events[start..end]));
            let last = i64::try_from(end).unwrap();
            made.extend(history::apply(&mut projection, &transient(last)));
            start = end;
        }
        prop_assert_eq!(made, history::project(events), "{}", name);
    }
}

#[test]
fn positions_increase_and_name_the_run() {
    for name in history::names() {
        let events = history::read(name);
        let made = history::project(events);
        let run_id = history::run_id(events);
        assert!(
            made.is_sorted_by(|a, b| a.cursor.position < b.cursor.position),
            "{name}"
        );
        for event in made {
            assert_eq!(&*event.cursor.namespace, "default");
            assert_eq!(&*event.cursor.workflow_id, "recorded");
            assert_eq!(&*event.cursor.run_id, run_id, "{name}");
            assert!(!event.end, "projection does not know where a feed ends");
        }
    }
}
