//! A subscriber of the model, and what it has received.

use std::{mem, time::Duration};

use fast_temporal_core::{FeedUpdate, Registry, Subscription};
use fast_temporal_protocol::{Cursor, Event};
use fast_temporal_testkit::fake::{FakeEngine, FakeWorkflow};
use tokio::time::timeout;

use crate::support::{resume, subscribe};

/// More reads than any case needs, also for other workflows; a loop makes far more.
const MAX_READS: usize = 20_000;

#[derive(Default)]
pub struct Subscriber {
    pub subscription: Option<Subscription>,
    /// The events since the last gap.
    pub seen: Vec<Event>,
    /// The events before that, since it joined.
    pub seen_before: Vec<Event>,
    pub gaps: usize,
    /// The events before a gap that is yet to be checked.
    pub seen_before_gap: Option<Vec<Event>>,
    /// The node that it reads from.
    pub node: usize,
    ended: bool,
}

impl Subscriber {
    pub async fn read(&mut self, steps: usize, limit: Duration) {
        for _ in 0..steps {
            let Some(subscription) = &mut self.subscription else {
                return;
            };
            match timeout(limit, subscription.next()).await {
                Ok(FeedUpdate::Events(batch)) => {
                    assert!(!self.ended, "events after the end");
                    let events = batch.iter().map(|entry| entry.event().clone());
                    self.seen.extend(events);
                }
                Ok(FeedUpdate::Live(cursor)) if self.gaps == 0 => {
                    assert_eq!(cursor.as_ref(), self.cursor());
                }
                Ok(FeedUpdate::Live(_)) | Err(_) => {}
                Ok(FeedUpdate::End) => self.ended = true,
                Ok(FeedUpdate::Gap) => {
                    self.gaps += 1;
                    let seen = mem::take(&mut self.seen);
                    self.seen_before.extend(seen.iter().cloned());
                    // After another gap, the run that it led to may be missing too.
                    if self.gaps == 1 || !seen.is_empty() {
                        self.seen_before_gap = Some(seen);
                    }
                }
                Ok(
                    update @ (FeedUpdate::Progress(_)
                    | FeedUpdate::StreamFailed(_)
                    | FeedUpdate::Failed(_)),
                ) => {
                    panic!("{update:?}")
                }
            }
        }
    }

    fn cursor(&self) -> Option<&Cursor> {
        self.seen.last().map(|event| &event.cursor)
    }

    pub async fn resume_on(&mut self, nodes: &[Registry], workflow: &FakeWorkflow) {
        let registry = &nodes[self.node];
        self.subscription = None;
        self.ended = false;
        self.subscription = Some(match self.cursor() {
            Some(cursor) => resume(registry, cursor).await,
            None => subscribe(registry, workflow).await,
        });
    }

    pub async fn read_to_the_end(&mut self, engine: &FakeEngine) {
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
