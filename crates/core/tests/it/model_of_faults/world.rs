//! A chain, a Temporal, two nodes and those who read: everything that may happen happens here.

use std::{collections::HashSet, time::Duration};

use fast_temporal_core::{EngineErrorKind, FeedConfig, Registry, Subscription};
use fast_temporal_protocol::{Event, Json, event::SignalReceived};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use jiff::Timestamp;
use tokio::time::sleep;

use super::{
    act::{Act, NODES, OTHERS, READERS},
    reader::Reader,
};
use crate::reader::{registry_with, subscribe, without_end};

pub struct World {
    pub engine: FakeEngine,
    config: FeedConfig,
    nodes: Vec<Registry>,
    /// What Temporal's clock says: it goes on from act to act.
    seconds: i64,
    runs: Vec<FakeWorkflow>,
    /// What the runs that retention took told, and how many they are.
    lost: Vec<Event>,
    lost_runs: usize,
    pub readers: Vec<Reader>,
    others: Vec<(FakeWorkflow, Option<Subscription>)>,
}

impl World {
    pub async fn new(config: FeedConfig, page: usize) -> Self {
        let engine = FakeEngine::new();
        engine.set_time(second(0));
        if page % 2 == 1 {
            engine.omit_resets();
        }
        engine.page_events(page);
        // No network answers within no time; a fake that does would not let others run.
        engine.delay_reads(Duration::from_millis(1));
        let workflow = engine.workflow("w");
        let others = (0..OTHERS).map(|number| (engine.workflow(&format!("o{number}")), None));
        let mut world = Self {
            nodes: (0..NODES)
                .map(|_| registry_with(&engine, config.clone()))
                .collect(),
            config,
            others: others.collect(),
            engine,
            seconds: 0,
            runs: vec![workflow],
            lost: Vec::new(),
            lost_runs: 0,
            readers: Vec::new(),
        };
        world.readers.resize_with(READERS, Reader::default);
        for (number, reader) in world.readers.iter_mut().enumerate() {
            reader.node = number % NODES;
        }
        world.all_come_back(|_| true).await;
        world
    }

    fn workflow(&self) -> &FakeWorkflow {
        self.runs.last().expect("there is always a run")
    }

    /// All that the chain ever told.
    pub fn told(&self) -> Vec<Event> {
        let mut told = self.lost.clone();
        told.extend(self.left());
        without_end(told)
    }

    /// What Temporal still has of that.
    pub fn left(&self) -> Vec<Event> {
        let left = &self.runs[self.lost_runs..];
        without_end(left.iter().flat_map(FakeWorkflow::events).collect())
    }

    async fn all_come_back(&mut self, who: impl Fn(&Reader) -> bool) {
        let workflow = self.workflow().clone();
        for reader in self.readers.iter_mut().filter(|reader| who(reader)) {
            reader.come_back(&self.nodes, &workflow).await;
        }
    }

    pub async fn play(&mut self, act: Act) {
        self.seconds += 1;
        self.engine.set_time(second(self.seconds));
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
            Act::ResetAny(run, kept) => {
                let left = &self.runs[self.lost_runs..];
                self.runs.push(left[run % left.len()].reset(kept));
            }
            Act::ResetLater(kept) => {
                self.workflow().fail("boom");
                sleep(Duration::from_secs(2000)).await;
                self.seconds += 2000;
                self.engine.set_time(second(self.seconds));
                self.runs.push(self.workflow().reset(kept));
                self.all_come_back(|reader| reader.subscription.is_some())
                    .await;
            }
            Act::Forget(count) => self.forget(count).await,
            Act::Fork(lost) => self.workflow().fork_branch(all_but(lost, self.workflow())),
            Act::LoseRun(lost) => {
                if self.runs.len() > self.lost_runs + 1 {
                    self.runs.pop();
                    self.workflow().reopen(all_but(lost, self.workflow()));
                }
            }
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
            Act::NewNode(node) => {
                self.nodes[node].shutdown().await;
                self.nodes[node] = registry_with(&self.engine, self.config.clone());
                self.others
                    .iter_mut()
                    .for_each(|(_, reader)| *reader = None);
                self.all_come_back(|reader| reader.node == node && reader.subscription.is_some())
                    .await;
            }
            Act::Move(reader) => {
                let reader = &mut self.readers[reader];
                reader.node = (reader.node + 1) % NODES;
                reader.come_back(&self.nodes, &workflow).await;
            }
            Act::Join(reader, after) => {
                let mut told = self.told();
                told.truncate(after % (told.len() + 1));
                let reader = &mut self.readers[reader];
                (reader.seen, reader.seen_before) = (told, Vec::new());
                reader.come_back(&self.nodes, &workflow).await;
            }
            Act::ComeBack(reader) => {
                let reader = &mut self.readers[reader];
                reader.come_back(&self.nodes, &workflow).await;
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
                    None => Some(subscribe(&self.nodes[0], workflow).await),
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

    /// Nothing is told twice without a gap, and nobody is told one who stands at an event that is left,
    /// or before the first one of all where that is: all that follows is left then, too.
    pub fn check_gaps(&mut self) {
        let left = self.left();
        for reader in &mut self.readers {
            let mut cursors = HashSet::new();
            for event in &reader.seen {
                assert!(cursors.insert(event.cursor.clone()), "twice: {event:?}");
            }
            if let Some(seen) = reader.forsaken.take() {
                let is_left = match without_end(seen).last() {
                    Some(last) => left.contains(last),
                    None => self.lost_runs == 0,
                };
                assert!(!is_left, "a gap for nothing");
            }
        }
    }

    /// The workflow returns, and all read to the end.
    pub async fn finish(&mut self) {
        self.workflow().complete(Json::null());
        self.all_come_back(|reader| reader.subscription.is_none())
            .await;
        for reader in &mut self.readers {
            reader.read_to_the_end(&self.engine).await;
        }
    }
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

/// How many events of a run are left without so many of the last ones.
fn all_but(lost: i64, workflow: &FakeWorkflow) -> usize {
    let events = workflow.events();
    let last = events
        .last()
        .map_or(0, |last| last.cursor.position.event_id);
    usize::try_from(last - lost).unwrap_or(0)
}
