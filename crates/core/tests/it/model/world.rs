//! The world of the model: a chain, a Temporal, two nodes and subscribers.

use std::{collections::HashSet, time::Duration};

use fast_temporal_core::{EngineErrorKind, FeedConfig, Registry, Subscription};
use fast_temporal_protocol::{Event, Json, event::SignalReceived};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use jiff::Timestamp;
use tokio::time::sleep;

use super::{
    action::{Action, NODES, OTHERS, SUBSCRIBERS},
    subscriber::Subscriber,
};
use crate::support::{registry_with, subscribe, without_end_mark};

pub struct World {
    pub engine: FakeEngine,
    config: FeedConfig,
    nodes: Vec<Registry>,
    /// Temporal's clock, which advances with each action.
    seconds: i64,
    runs: Vec<FakeWorkflow>,
    /// The events of the runs that retention deleted, and the number of these runs.
    lost: Vec<Event>,
    lost_runs: usize,
    pub subscribers: Vec<Subscriber>,
    others: Vec<(FakeWorkflow, Option<Subscription>)>,
}

impl World {
    pub async fn new(config: FeedConfig, page: usize, delay: Duration) -> Self {
        let engine = FakeEngine::new();
        engine.set_time(second(0));
        if page % 2 == 1 {
            engine.omit_resets();
        }
        engine.page_events(page);
        engine.delay_reads(delay);
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
            subscribers: Vec::new(),
        };
        world
            .subscribers
            .resize_with(SUBSCRIBERS, Subscriber::default);
        for (number, subscriber) in world.subscribers.iter_mut().enumerate() {
            subscriber.node = number % NODES;
        }
        world.all_resume(|_| true).await;
        world
    }

    fn workflow(&self) -> &FakeWorkflow {
        self.runs.last().expect("there is always a run")
    }

    /// All events of the chain, also deleted ones.
    pub fn all_events(&self) -> Vec<Event> {
        let mut events = self.lost.clone();
        events.extend(self.remaining());
        without_end_mark(events)
    }

    /// The events that Temporal still has.
    pub fn remaining(&self) -> Vec<Event> {
        let remaining = &self.runs[self.lost_runs..];
        without_end_mark(remaining.iter().flat_map(FakeWorkflow::events).collect())
    }

    async fn all_resume(&mut self, who: impl Fn(&Subscriber) -> bool) {
        let workflow = self.workflow().clone();
        for subscriber in self
            .subscribers
            .iter_mut()
            .filter(|subscriber| who(subscriber))
        {
            subscriber.resume_on(&self.nodes, &workflow).await;
        }
    }

    pub async fn play(&mut self, action: Action) {
        self.seconds += 1;
        self.engine.set_time(second(self.seconds));
        match action {
            Action::Signals(count) => self.workflow().signals(count),
            Action::Hidden => self.workflow().push_all(Vec::new()),
            Action::Several(count) => {
                let one = SignalReceived::default();
                self.workflow().push_all(vec![one.into(); count]);
            }
            Action::ContinueAsNew => self.runs.push(self.workflow().continue_as_new()),
            Action::Retry => self.runs.push(self.workflow().fail_and_retry("boom")),
            Action::Cron => self
                .runs
                .push(self.workflow().complete_and_repeat(Json::null())),
            Action::Reset(kept) => self.runs.push(self.workflow().reset(kept)),
            Action::ResetAny(run, kept) => {
                let remaining = &self.runs[self.lost_runs..];
                self.runs.push(remaining[run % remaining.len()].reset(kept));
            }
            Action::ResetLater(kept) => {
                self.workflow().fail("boom");
                sleep(Duration::from_secs(2000)).await;
                self.seconds += 2000;
                self.engine.set_time(second(self.seconds));
                self.runs.push(self.workflow().reset(kept));
                self.all_resume(|subscriber| subscriber.subscription.is_some())
                    .await;
            }
            Action::Delete(count) => self.delete(count).await,
            Action::Fork(lost) => self.workflow().fork_branch(all_but(lost, self.workflow())),
            Action::LoseRun(lost) => {
                if self.runs.len() > self.lost_runs + 1 {
                    self.runs.pop();
                    self.workflow().reopen(all_but(lost, self.workflow()));
                }
            }
            action => self.play_for_subscribers(action).await,
        }
    }

    async fn play_for_subscribers(&mut self, action: Action) {
        let workflow = self.workflow().clone();
        match action {
            Action::Away(millis) => {
                self.engine.make_unavailable();
                sleep(Duration::from_millis(millis)).await;
                self.engine.make_available();
            }
            Action::Busy(count) => self.engine.fail_reads(count, EngineErrorKind::Busy),
            Action::Delay(millis) => self.engine.delay_reads(Duration::from_millis(millis)),
            Action::NewNode(node) => {
                self.nodes[node].shutdown().await;
                self.nodes[node] = registry_with(&self.engine, self.config.clone());
                self.others
                    .iter_mut()
                    .for_each(|(_, subscriber)| *subscriber = None);
                self.all_resume(|subscriber| {
                    subscriber.node == node && subscriber.subscription.is_some()
                })
                .await;
            }
            Action::Move(subscriber) => {
                let subscriber = &mut self.subscribers[subscriber];
                subscriber.node = (subscriber.node + 1) % NODES;
                subscriber.resume_on(&self.nodes, &workflow).await;
            }
            Action::Join(subscriber, after) => {
                let mut events = self.all_events();
                events.truncate(after % (events.len() + 1));
                let subscriber = &mut self.subscribers[subscriber];
                (subscriber.seen, subscriber.seen_before) = (events, Vec::new());
                subscriber.resume_on(&self.nodes, &workflow).await;
            }
            Action::ComeBack(subscriber) => {
                let subscriber = &mut self.subscribers[subscriber];
                subscriber.resume_on(&self.nodes, &workflow).await;
            }
            Action::Leave(subscriber) => self.subscribers[subscriber].subscription = None,
            Action::Read(subscriber, steps) => {
                let limit = Duration::from_millis(50);
                self.subscribers[subscriber].read(steps, limit).await;
            }
            Action::GiveUp(subscriber, millis) => {
                let limit = Duration::from_millis(millis);
                self.subscribers[subscriber].read(3, limit).await;
            }
            Action::Wait(millis) => sleep(Duration::from_millis(millis)).await,
            Action::Other(number) => {
                let (workflow, subscriber) = &mut self.others[number];
                *subscriber = match subscriber.take() {
                    Some(_) => None,
                    None => Some(subscribe(&self.nodes[0], workflow).await),
                };
            }
            action => unreachable!("{action:?} is not an action of a subscriber"),
        }
    }

    /// Retention never deletes what a follower has yet to read.
    async fn delete(&mut self, count: usize) {
        sleep(Duration::from_mins(1)).await;
        for _ in 0..count.min(self.runs.len() - 1 - self.lost_runs) {
            let oldest = &self.runs[self.lost_runs];
            self.lost.extend(oldest.events());
            oldest.delete();
            self.lost_runs += 1;
        }
    }

    /// No event is repeated without a gap. No subscriber receives a gap whose last event remains, or that
    /// was before the first event while that remains: all that follows remains then, too.
    pub fn check_gaps(&mut self) {
        let remaining = self.remaining();
        for subscriber in &mut self.subscribers {
            let mut cursors = HashSet::new();
            for event in &subscriber.seen {
                assert!(cursors.insert(event.cursor.clone()), "twice: {event:?}");
            }
            if let Some(seen) = subscriber.seen_before_gap.take() {
                let remains = match without_end_mark(seen).last() {
                    Some(last) => remaining.contains(last),
                    None => self.lost_runs == 0,
                };
                assert!(!remains, "a needless gap");
            }
        }
    }

    /// Completes the workflow, and lets all subscribers read to the end.
    pub async fn finish(&mut self) {
        self.workflow().complete(Json::null());
        self.all_resume(|subscriber| subscriber.subscription.is_none())
            .await;
        for subscriber in &mut self.subscribers {
            subscriber.read_to_the_end(&self.engine).await;
        }
    }
}

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time")
}

/// The number of events of a run without this number of the last ones.
fn all_but(lost: i64, workflow: &FakeWorkflow) -> usize {
    let events = workflow.events();
    let last = events
        .last()
        .map_or(0, |last| last.cursor.position.event_id);
    usize::try_from(last - lost).unwrap_or(0)
}
