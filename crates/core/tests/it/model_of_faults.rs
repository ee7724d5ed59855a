//! Any history, any faults, readers that come and go: nothing is lost or doubled, and what was
//! lost by Temporal is a gap.

mod act;

use std::time::Duration;

use fast_temporal_core::{EngineErrorKind, FollowConfig, Registry, Step, Subscription};
use fast_temporal_protocol::{Cursor, Event, Json, event::SignalReceived};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use proptest::prelude::*;
use tokio::time::{sleep, timeout};

use self::act::{Act, OTHERS, READERS, keeping_act, losing_act};
use crate::reader::{registry_with, resume, subscribe, without_end};

/// More reads than any case needs, however long others are read; a loop makes far more.
const MAX_READS: usize = 20_000;

fn config() -> impl Strategy<Value = FollowConfig> {
    let sizes = (1..12_usize, 1..12_usize, 1..4_usize, 1..3_usize, 0..12_u64);
    sizes.prop_map(
        |(ring_events, checkpoint_events, open_polls, rereads, linger)| FollowConfig {
            ring_events,
            checkpoint_events,
            open_polls,
            rereads,
            linger: Duration::from_secs(linger),
            ..FollowConfig::default()
        },
    )
}

#[derive(Default)]
struct Reader {
    subscription: Option<Subscription>,
    /// Since the last gap.
    seen: Vec<Event>,
    gaps: usize,
    ended: bool,
}

impl Reader {
    async fn read(&mut self, steps: usize, limit: Duration) {
        for _ in 0..steps {
            let Some(subscription) = &mut self.subscription else {
                return;
            };
            match timeout(limit, subscription.next()).await {
                Ok(Step::Events(batch)) => {
                    assert!(!self.ended, "events after the end");
                    let events = batch.iter().map(|entry| entry.event().clone());
                    self.seen.extend(events);
                }
                Ok(Step::Live(cursor)) if self.gaps == 0 => {
                    assert_eq!(cursor.as_ref(), self.cursor());
                }
                Ok(Step::Live(_)) | Err(_) => {}
                Ok(Step::End) => self.ended = true,
                Ok(Step::Gap) => {
                    self.gaps += 1;
                    self.seen.clear();
                }
                Ok(Step::Failed(error)) => panic!("{error:?}"),
            }
        }
    }

    fn cursor(&self) -> Option<&Cursor> {
        self.seen.last().map(|event| &event.cursor)
    }

    async fn come_back(&mut self, registry: &Registry, workflow: &FakeWorkflow) {
        self.subscription = None;
        self.ended = false;
        self.subscription = Some(match self.cursor() {
            Some(cursor) => resume(registry, cursor).await,
            None => subscribe(registry, workflow).await,
        });
    }

    async fn read_to_the_end(&mut self, engine: &FakeEngine) {
        for _ in 0..20_000 {
            if self.ended {
                return;
            }
            let reads = engine.stats().reads;
            assert!(reads < MAX_READS, "a loop: {reads} reads");
            self.read(1, Duration::from_secs(1)).await;
        }
        panic!("no end");
    }
}

struct World {
    engine: FakeEngine,
    config: FollowConfig,
    registry: Registry,
    runs: Vec<FakeWorkflow>,
    /// What the runs that retention took told, and how many they are.
    lost: Vec<Event>,
    lost_runs: usize,
    readers: Vec<Reader>,
    others: Vec<(FakeWorkflow, Option<Subscription>)>,
}

impl World {
    async fn new(config: FollowConfig, page: usize) -> Self {
        let engine = FakeEngine::new();
        engine.page_events(page);
        // No network answers within no time; a fake that does would not let others run.
        engine.delay_reads(Duration::from_millis(1));
        let workflow = engine.workflow("w");
        let others = (0..OTHERS).map(|number| (engine.workflow(&format!("o{number}")), None));
        let mut world = Self {
            registry: registry_with(&engine, config.clone()),
            config,
            others: others.collect(),
            engine,
            runs: vec![workflow],
            lost: Vec::new(),
            lost_runs: 0,
            readers: Vec::new(),
        };
        world.readers.resize_with(READERS, Reader::default);
        world.all_come_back(|_| true).await;
        world
    }

    fn workflow(&self) -> &FakeWorkflow {
        self.runs.last().expect("there is always a run")
    }

    /// All that the chain ever told.
    fn told(&self) -> Vec<Event> {
        let mut told = self.lost.clone();
        let left = &self.runs[self.lost_runs..];
        told.extend(left.iter().flat_map(FakeWorkflow::events));
        without_end(told)
    }

    async fn all_come_back(&mut self, who: impl Fn(&Reader) -> bool) {
        let workflow = self.workflow().clone();
        for reader in self.readers.iter_mut().filter(|reader| who(reader)) {
            reader.come_back(&self.registry, &workflow).await;
        }
    }

    async fn play(&mut self, act: Act) {
        match act {
            Act::Signals(count) => self.workflow().signals(count),
            Act::Hidden => self.workflow().push_all(Vec::new()),
            Act::Several(count) => {
                let one = SignalReceived::default();
                self.workflow().push_all(vec![one.into(); count]);
            }
            Act::ContinueAsNew => self.runs.push(self.workflow().continue_as_new()),
            Act::Retry => self.runs.push(self.workflow().fail_and_retry("boom")),
            Act::Cron => self
                .runs
                .push(self.workflow().complete_and_repeat(Json::null())),
            Act::Reset(kept) => self.runs.push(self.workflow().reset(kept)),
            Act::ResetLater(kept) => {
                self.workflow().fail("boom");
                sleep(Duration::from_secs(2000)).await;
                self.runs.push(self.workflow().reset(kept));
                self.all_come_back(|reader| reader.subscription.is_some())
                    .await;
            }
            Act::Forget(count) => self.forget(count).await,
            act => self.play_for_readers(act).await,
        }
    }

    async fn play_for_readers(&mut self, act: Act) {
        let workflow = self.workflow().clone();
        match act {
            Act::Away(millis) => {
                self.engine.go_away();
                sleep(Duration::from_millis(millis)).await;
                self.engine.come_back();
            }
            Act::Busy(count) => self.engine.fail_reads(count, EngineErrorKind::Busy),
            Act::Delay(millis) => self.engine.delay_reads(Duration::from_millis(millis)),
            Act::NewNode => {
                self.registry.shutdown().await;
                self.registry = registry_with(&self.engine, self.config.clone());
                self.others
                    .iter_mut()
                    .for_each(|(_, reader)| *reader = None);
                self.all_come_back(|reader| reader.subscription.is_some())
                    .await;
            }
            Act::Join(reader, after) => {
                let mut told = self.told();
                told.truncate(after % (told.len() + 1));
                let reader = &mut self.readers[reader];
                reader.seen = told;
                reader.come_back(&self.registry, &workflow).await;
            }
            Act::ComeBack(reader) => {
                let reader = &mut self.readers[reader];
                reader.come_back(&self.registry, &workflow).await;
            }
            Act::Leave(reader) => self.readers[reader].subscription = None,
            Act::Read(reader, steps) => {
                let limit = Duration::from_millis(50);
                self.readers[reader].read(steps, limit).await;
            }
            Act::GiveUp(reader, millis) => {
                let limit = Duration::from_millis(millis);
                self.readers[reader].read(3, limit).await;
            }
            Act::Wait(millis) => sleep(Duration::from_millis(millis)).await,
            Act::Other(number) => {
                let (workflow, reader) = &mut self.others[number];
                *reader = match reader.take() {
                    Some(_) => None,
                    None => Some(subscribe(&self.registry, workflow).await),
                };
            }
            act => unreachable!("{act:?} is no reader's business"),
        }
    }

    /// Retention is never so fast that a follower has not yet read what it takes.
    async fn forget(&mut self, count: usize) {
        sleep(Duration::from_mins(1)).await;
        for _ in 0..count.min(self.runs.len() - 1 - self.lost_runs) {
            let oldest = &self.runs[self.lost_runs];
            self.lost.extend(oldest.events());
            oldest.forget();
            self.lost_runs += 1;
        }
    }

    /// The workflow returns, and all read to the end.
    async fn finish(&mut self) {
        self.workflow().complete(Json::null());
        self.all_come_back(|reader| reader.subscription.is_none())
            .await;
        for reader in &mut self.readers {
            reader.read_to_the_end(&self.engine).await;
        }
    }
}

async fn nothing_is_lost(acts: Vec<Act>, config: FollowConfig, page: usize) {
    let mut world = World::new(config, page).await;
    for act in acts {
        world.play(act).await;
        let told = world.told();
        for reader in &world.readers {
            assert_eq!(reader.gaps, 0, "a gap, though nothing is lost");
            assert!(told.starts_with(&without_end(reader.seen.clone())));
        }
    }
    world.finish().await;
    let told = world.told();
    for reader in world.readers {
        assert!(reader.seen.last().is_some_and(|event| event.end));
        assert_eq!(without_end(reader.seen), told);
    }
}

async fn what_is_lost_is_a_gap(acts: Vec<Act>, config: FollowConfig, page: usize) {
    let mut world = World::new(config, page).await;
    for act in acts {
        world.play(act).await;
    }
    sleep(Duration::from_mins(1)).await;
    world.finish().await;
    let reads = world.engine.stats().reads;
    assert!(reads < 3000, "a loop: {reads} reads");
    let told = world.told();
    for Reader { seen, gaps, .. } in world.readers {
        assert!(seen.last().is_some_and(|event| event.end));
        let seen = without_end(seen);
        if gaps == 0 {
            assert_eq!(seen, told);
        }
        // After a gap comes all that is left, from the beginning of some run.
        assert!(told.ends_with(&seen), "{seen:#?} of {told:#?}");
        let (before, after) = told.split_at(told.len() - seen.len());
        let run = |event: Option<&Event>| event.map(|event| event.cursor.run_id.clone());
        assert_ne!(run(before.last()), run(after.first()), "within a run");
        assert!(gaps < 12, "{gaps} gaps");
    }
}

fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(case);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn readers_that_come_and_go_get_every_event_once_and_in_order(
        acts in proptest::collection::vec(keeping_act(), 1..50),
        config in config(),
        page in 1..9_usize,
    ) {
        run(nothing_is_lost(acts, config, page));
    }

    #[test]
    fn readers_of_a_temporal_that_loses_runs_get_gaps_and_all_that_is_left(
        acts in proptest::collection::vec(losing_act(), 1..50),
        config in config(),
        page in 1..9_usize,
    ) {
        run(what_is_lost_is_a_gap(acts, config, page));
    }
}
