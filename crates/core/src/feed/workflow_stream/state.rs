//! What is known of a stream, what its subscribers wait for, and which query is next.

use std::{collections::BTreeSet, ops::Bound, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    cached_range::{CachedRange, StreamCache},
    item::Item,
};
use crate::{
    Backoff, EngineError, EngineErrorKind,
    engine::{ReadWorkflowStream, StreamPage},
};

/// How long a workflow's worker may take to respond.
const QUERY_TIMEOUT: Duration = Duration::from_secs(4);
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// If Temporal is unavailable or busy, subscribers receive that after this number of failures in a
/// row.
const REPORT_AFTER: u32 = 3;

pub(super) struct StreamState {
    run: Option<Run>,
    end: StreamEnd,
    cache: StreamCache,
    /// A result clears these and wakes their subscribers, so that no query is made for those that have
    /// left.
    waiting: BTreeSet<WaitFor>,
    failure: Option<QueryFailure>,
    /// The number of periods of failing queries.
    failure_periods: u64,
    schedule: Schedule,
}

/// The run that the feed is at: it hosts the stream.
struct Run {
    id: Arc<str>,
    /// The number of completed workflow tasks seen. Without any, there is no stream.
    completed_tasks: u64,
}

/// The end of the stream, as far as it was read.
#[derive(Default)]
struct StreamEnd {
    offset: u64,
    /// The number of completed workflow tasks up to which this is the end; `None` if there is more.
    is_of_task: Option<u64>,
    /// The number of the query that found it; 0 for none.
    found_by: u64,
}

/// What a subscriber waits for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum WaitFor {
    /// A workflow task, as no query is useful before.
    Task,
    /// More items at the end of the stream.
    More,
    /// The result that there are no more items.
    End,
    /// Items from this offset on, which are not cached: the subscriber lags.
    Older(u64),
}

/// Why the last query failed.
struct QueryFailure {
    error: EngineError,
    /// The number of completed workflow tasks seen before it.
    tasks: u64,
}

struct Schedule {
    interval: Duration,
    backoff: Backoff,
    not_before: Instant,
    /// The number of queries so far.
    queries: u64,
    last_offset: u64,
    /// Whether the last query was for a lagging subscriber.
    last_was_lagging: bool,
}

/// A query about to be made.
pub(super) struct StreamQuery {
    pub(super) request: ReadWorkflowStream,
    /// The number of this query among the feed's, from 1.
    number: u64,
    /// The number of completed workflow tasks seen before it.
    tasks: u64,
    started: Instant,
}

impl StreamState {
    pub(super) fn new(interval: Duration, max_bytes: usize) -> Self {
        Self {
            run: None,
            end: StreamEnd::default(),
            cache: StreamCache::new(max_bytes),
            waiting: BTreeSet::new(),
            failure: None,
            failure_periods: 0,
            schedule: Schedule {
                interval,
                backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT),
                not_before: Instant::now(),
                queries: 0,
                last_offset: 0,
                last_was_lagging: false,
            },
        }
    }

    pub(super) fn enter_run(&mut self, id: Arc<str>) {
        self.run = Some(Run {
            id,
            completed_tasks: 0,
        });
        self.clear();
    }

    /// Returns whether subscribers are to wake.
    pub(super) fn workflow_task_completed(&mut self) -> bool {
        if let Some(run) = &mut self.run {
            run.completed_tasks += 1;
        }
        self.waiting.remove(&WaitFor::Task)
    }

    /// Forgets what the stream contains, and who waits for it.
    pub(super) fn clear(&mut self) {
        self.end = StreamEnd::default();
        self.cache.clear();
        self.waiting.clear();
        self.failure = None;
        self.schedule.backoff.reset();
    }

    /// The number of queries so far.
    pub(super) fn queries(&self) -> u64 {
        self.schedule.queries
    }

    /// Whether this run hosts the stream.
    pub(super) fn is_of(&self, run_id: &Arc<str>) -> bool {
        self.run.as_ref().is_some_and(|run| run.id == *run_id)
    }

    /// Whether the stream ends before this offset, according to a query made after the first
    /// `queries_before` ones.
    pub(super) fn ends_before(&self, offset: u64, queries_before: u64) -> bool {
        offset > self.end.offset && self.end.found_by > queries_before
    }

    /// The cached items from this offset on, and the offset after them; `None` if it is not cached.
    pub(super) fn cached(&self, offset: u64) -> Option<(&[Arc<Item>], u64)> {
        self.cache.get(offset)
    }

    /// Why queries fail, and the number of this period of failures, if it is to be reported. Temporary
    /// failures are reported at once only if `is_late`.
    pub(super) fn failure(&self, is_late: bool) -> Option<(&EngineError, u64)> {
        let error = &self.failure.as_ref()?.error;
        let is_temporary = matches!(
            error.kind,
            EngineErrorKind::Unavailable | EngineErrorKind::Busy
        );
        let is_due = !is_temporary || self.schedule.backoff.failures() >= REPORT_AFTER;
        (is_due || is_late).then_some((error, self.failure_periods))
    }

    /// Whether a subscriber at this offset has received all there is for now.
    pub(super) fn is_settled(&self, offset: u64) -> bool {
        self.needs_task()
            || (self.end.is_of_task == Some(self.completed_tasks()) && offset == self.end.offset)
    }

    fn completed_tasks(&self) -> u64 {
        self.run.as_ref().map_or(0, |run| run.completed_tasks)
    }

    /// Whether a query is useless before the next workflow task: none was completed, or the workflow
    /// has rejected a query since.
    fn needs_task(&self) -> bool {
        let tasks = self.completed_tasks();
        let failure = self.failure.as_ref();
        tasks == 0 || failure.is_some_and(|it| it.tasks == tasks && !it.error.is_transient())
    }

    /// A subscriber waits for the item at this offset; if `for_end`, also to learn that there is none.
    pub(super) fn wait_at(&mut self, offset: u64, for_end: bool) {
        if for_end {
            self.waiting.insert(WaitFor::End);
        }
        self.waiting.insert(if self.needs_task() {
            WaitFor::Task
        } else if offset == self.end.offset {
            WaitFor::More
        } else {
            WaitFor::Older(offset)
        });
    }

    /// When the next query is due; `None` while there is none to make.
    pub(super) fn next_query_at(&self) -> Option<Instant> {
        self.next_offset().map(|_| self.schedule.not_before)
    }

    fn next_offset(&self) -> Option<u64> {
        if self.needs_task() {
            return None;
        }
        let may_have_more = self.end.is_of_task != Some(self.completed_tasks());
        let waits_for_more = self.waiting.contains(&WaitFor::More);
        let end = (waits_for_more && may_have_more).then_some(self.end.offset);
        // In turn, so that a subscriber that lags far behind does not delay the others.
        let first_after = |bound| match self.waiting.range((bound, Bound::Unbounded)).next() {
            Some(WaitFor::Older(offset)) => Some(*offset),
            _ => None,
        };
        let lagging = first_after(Bound::Excluded(WaitFor::Older(self.schedule.last_offset)))
            .or_else(|| first_after(Bound::Included(WaitFor::Older(0))));
        if self.schedule.last_was_lagging {
            end.or(lagging)
        } else {
            lagging.or(end)
        }
    }

    pub(super) fn start_query(&mut self, workflow_id: &Arc<str>) -> Option<StreamQuery> {
        let from_offset = self.next_offset()?;
        let run = self.run.as_ref()?;
        self.schedule.last_was_lagging = self.waiting.contains(&WaitFor::Older(from_offset));
        self.schedule.last_offset = from_offset;
        self.schedule.queries += 1;
        Some(StreamQuery {
            request: ReadWorkflowStream {
                workflow_id: Arc::clone(workflow_id),
                run_id: Arc::clone(&run.id),
                from_offset,
                timeout: QUERY_TIMEOUT,
            },
            number: self.schedule.queries,
            tasks: run.completed_tasks,
            started: Instant::now(),
        })
    }

    /// Applies the result of a query. Returns whether subscribers are to wake.
    pub(super) fn finish_query(
        &mut self,
        query: &StreamQuery,
        result: Result<StreamPage, EngineError>,
    ) -> bool {
        if !self.is_of(&query.request.run_id) {
            return false;
        }
        let has_lagging = !self.waiting.split_off(&WaitFor::Older(0)).is_empty();
        match result {
            Ok(page) => {
                self.schedule.backoff.reset();
                self.schedule.not_before = query.started + self.schedule.interval;
                let recovered = self.failure.take().is_some();
                self.add_page(query, page) | recovered | has_lagging
            }
            Err(error) => {
                self.set_failure(query, error);
                true
            }
        }
    }

    fn add_page(&mut self, query: &StreamQuery, page: StreamPage) -> bool {
        let from = query.request.from_offset;
        let mut next = from;
        let mut items = Vec::with_capacity(page.items.len());
        for item in page.items {
            // The worker may be faulty: items out of order are dropped.
            if let Some(offset) = item.offset.filter(|offset| *offset >= next) {
                next = offset.saturating_add(1);
                items.push(Arc::new(Item::new(offset, item, Timestamp::now())));
            }
        }
        let is_all = !page.more_ready || next == from;
        let next = if items.is_empty() && is_all {
            page.next_offset
        } else {
            page.next_offset.max(next)
        };
        let was_at_end = from == self.end.offset;
        let has_items = next > from;
        if has_items {
            self.cache.add(CachedRange { from, next, items }, is_all);
        }
        if is_all {
            self.end = StreamEnd {
                offset: next,
                is_of_task: Some(query.tasks),
                found_by: query.number,
            };
        } else if was_at_end || next > self.end.offset {
            (self.end.offset, self.end.is_of_task) = (next, None);
        }
        if was_at_end && has_items {
            self.waiting.remove(&WaitFor::More);
        }
        has_items | self.waiting.remove(&WaitFor::End)
    }

    fn set_failure(&mut self, query: &StreamQuery, error: EngineError) {
        let backoff = &mut self.schedule.backoff;
        if backoff.failures() == 0 {
            self.failure_periods += 1;
        }
        self.schedule.not_before = Instant::now() + backoff.next_wait();
        let tasks = query.tasks;
        self.failure = Some(QueryFailure { error, tasks });
    }
}
