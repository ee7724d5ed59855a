//! Any history, any faults, any pace: every reader gets every event once, in order.

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FeedConfig, FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event, Json};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use proptest::prelude::*;
use tokio::time::timeout;

use crate::reader::{registry_with, resume, subscribe};

#[derive(Clone, Debug)]
enum Act {
    Signals(usize),
    Hidden,
    Several(usize),
    ContinueAsNew,
    Retry,
    Reset(usize),
    Away,
    Busy(usize),
    /// A new node takes over: all readers resume there.
    NewNode,
    /// That reader reads that many steps.
    Read(usize, usize),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (1..12_usize).prop_map(Act::Signals),
        1 => Just(Act::Hidden),
        1 => (1..5_usize).prop_map(Act::Several),
        1 => Just(Act::ContinueAsNew),
        1 => Just(Act::Retry),
        1 => (1..6_usize).prop_map(Act::Reset),
        1 => Just(Act::Away),
        1 => (1..4_usize).prop_map(Act::Busy),
        1 => Just(Act::NewNode),
        6 => (0..3_usize, 1..6_usize).prop_map(|(reader, steps)| Act::Read(reader, steps)),
        2 => (1..30_000_u64).prop_map(Act::Wait),
    ]
}

struct Reader {
    subscription: Subscription,
    seen: Vec<Event>,
}

impl Reader {
    async fn read(&mut self, steps: usize) {
        for _ in 0..steps {
            match timeout(Duration::from_millis(50), self.subscription.next()).await {
                Ok(FeedUpdate::Events(batch)) => {
                    self.seen
                        .extend(batch.iter().map(|entry| entry.event().clone()));
                }
                Ok(FeedUpdate::Live(_) | FeedUpdate::End) | Err(_) => {}
                Ok(step) => panic!("{step:?}"),
            }
        }
    }

    async fn move_to(&mut self, registry: &Registry, workflow: &FakeWorkflow) {
        let cursor: Option<Cursor> = self.subscription.cursor().cloned();
        self.subscription = match cursor {
            Some(cursor) => resume(registry, &cursor).await,
            None => subscribe(registry, workflow).await,
        };
    }
}

async fn play(acts: Vec<Act>, config: FeedConfig, page: usize) {
    let engine = FakeEngine::new();
    engine.page_events(page);
    let mut workflow = engine.workflow("w");
    let mut runs = vec![workflow.clone()];
    let mut registry = registry_with(&engine, config.clone());
    let mut readers = Vec::new();
    for _ in 0..3 {
        let subscription = subscribe(&registry, &workflow).await;
        readers.push(Reader {
            subscription,
            seen: Vec::new(),
        });
    }
    for act in acts {
        match act {
            Act::Signals(count) => workflow.signals(count),
            Act::Hidden => workflow.push_all(Vec::new()),
            Act::Several(count) => {
                let one = fast_temporal_protocol::event::SignalReceived::default();
                workflow.push_all(vec![one.into(); count]);
            }
            Act::ContinueAsNew => workflow = workflow.continue_as_new(),
            Act::Retry => workflow = workflow.fail_and_retry("boom"),
            Act::Reset(kept) => workflow = workflow.reset(kept),
            Act::Away => {
                engine.go_away();
                tokio::time::sleep(Duration::from_secs(7)).await;
                engine.come_back();
            }
            Act::Busy(count) => engine.fail_reads(count, EngineErrorKind::Busy),
            Act::NewNode => {
                registry.shutdown().await;
                registry = registry_with(&engine, config.clone());
                for reader in &mut readers {
                    reader.move_to(&registry, &workflow).await;
                }
            }
            Act::Read(reader, steps) => readers[reader].read(steps).await,
            Act::Wait(millis) => tokio::time::sleep(Duration::from_millis(millis)).await,
        }
        if runs
            .last()
            .is_some_and(|run| run.run_id() != workflow.run_id())
        {
            runs.push(workflow.clone());
        }
    }
    workflow.complete(Json::null());
    let mut expected: Vec<_> = runs.iter().flat_map(FakeWorkflow::events).collect();
    expected.last_mut().expect("events").end = true;
    for reader in &mut readers {
        for _ in 0..10_000 {
            if reader.seen.last().is_some_and(|event| event.end) {
                break;
            }
            reader.read(1).await;
        }
        assert_eq!(reader.seen, expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    // Covers EV-4.
    #[test]
    fn every_reader_gets_every_event_once_and_in_order(
        acts in proptest::collection::vec(act(), 1..40),
        ring_events in 1..12_usize,
        checkpoint_events in 1..12_usize,
        page in 1..9_usize,
    ) {
        let config = FeedConfig { ring_events, checkpoint_events, ..FeedConfig::default() };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(play(acts, config, page));
    }
}
