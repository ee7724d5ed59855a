//! One connection reading one workflow's feed, as frames.

use std::sync::Arc;

use fast_temporal_core::{Entry, FeedUpdate, Subscription};
use fast_temporal_protocol::{
    EventData,
    seed::{SeedFrame, SeedStatus},
};
use futures_util::stream::{self, BoxStream, StreamExt as _};
use tokio::{
    select,
    time::{Instant, sleep_until},
};
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;

use super::{ending, user::Followed};
use crate::{App, error::logged_error};

/// What a connection is to tell of one workflow.
#[derive(Default)]
pub(super) struct News {
    /// Events that happened; some have no frame.
    pub(super) entries: Vec<Arc<Entry>>,
    /// A frame that belongs to no event, or to the last one.
    pub(super) notice: Option<Utf8Bytes>,
    /// Set where there will be no more.
    pub(super) over: Option<Arc<Followed>>,
}

struct Reader {
    app: App,
    followed: Arc<Followed>,
    subscription: Subscription,
    /// When to say that no worker has taken the workflow; `None` once that is settled.
    waiting_at: Option<Instant>,
    /// Whether the past has been read.
    live: bool,
    workflow_type: String,
    task_queue: String,
    /// The feed's last event, where the workflow must be asked what it came to.
    unanswered: Option<Arc<Entry>>,
}

/// The news of a workflow, from its start to its end.
pub(super) fn read(app: App, followed: Arc<Followed>) -> BoxStream<'static, News> {
    let reader = Reader {
        subscription: followed.subscription.restart_for_seed(),
        waiting_at: Some(followed.since + app.config.seed.waiting_after),
        live: false,
        app,
        followed,
        workflow_type: String::new(),
        task_queue: String::new(),
        unanswered: None,
    };
    stream::unfold(Some(reader), async |reader| {
        let mut reader = reader?;
        let news = reader.next().await;
        let rest = news.over.is_none().then_some(reader);
        Some((news, rest))
    })
    .boxed()
}

impl Reader {
    async fn next(&mut self) -> News {
        if let Some(last) = self.unanswered.take() {
            let answer = Box::pin(ending::answer(&self.app, &self.followed, last.event()));
            return News {
                notice: Some(answer.await),
                ..News::default()
            };
        }
        loop {
            // Without its first event, nothing is known of the workflow.
            let knows_it = self.live && !self.workflow_type.is_empty();
            let step = match self.waiting_at.filter(|_| knows_it) {
                None => self.subscription.next().await,
                Some(waiting_at) => select! {
                    biased;
                    step = self.subscription.next() => step,
                    () = sleep_until(waiting_at) => {
                        self.waiting_at = None;
                        if self.subscription.workflow_task_started() {
                            continue;
                        }
                        return News { notice: Some(self.waiting()), ..News::default() };
                    }
                },
            };
            match step {
                FeedUpdate::Events(entries) => return self.tell(entries),
                FeedUpdate::Live(_) => self.live = true,
                // It does not ask for it.
                FeedUpdate::Progress(_) | FeedUpdate::StreamFailed(_) => {}
                FeedUpdate::Gap => debug!(
                    workflow_id = %self.followed.workflow_id(),
                    "some history is gone; going on with what there is"
                ),
                FeedUpdate::End => return self.over(None),
                FeedUpdate::Failed(error) => {
                    let frame = SeedFrame::error(&logged_error(error));
                    return self.over(Some(frame.encode().into()));
                }
            }
        }
    }

    fn tell(&mut self, mut entries: Vec<Arc<Entry>>) -> News {
        if self.waiting_at.is_some() {
            self.look_for_progress(&entries);
        }
        let returned_nothing = |last: &mut Arc<Entry>| {
            let event = last.event();
            event.end
                && matches!(&event.data, EventData::WorkflowCompleted(w) if w.result.is_null())
        };
        self.unanswered = entries.pop_if(returned_nothing);
        News {
            entries,
            ..News::default()
        }
    }

    fn look_for_progress(&mut self, entries: &[Arc<Entry>]) {
        for entry in entries {
            match &entry.event().data {
                EventData::WorkflowStarted(started) => {
                    self.workflow_type.clone_from(&started.workflow_type);
                    self.task_queue.clone_from(&started.task_queue);
                }
                EventData::SignalReceived(_) => {}
                _ => self.waiting_at = None,
            }
        }
    }

    /// What is said where no worker has taken the workflow: most likely none runs.
    fn waiting(&self) -> Utf8Bytes {
        let text = format!(
            "{}: Waiting (no worker has taken it from task queue \"{}\" for {} s)",
            self.workflow_type,
            self.task_queue,
            self.app.config.seed.waiting_after.as_secs_f64(),
        );
        SeedFrame::text(&text, SeedStatus::Waiting).encode().into()
    }

    fn over(&self, notice: Option<Utf8Bytes>) -> News {
        News {
            entries: Vec::new(),
            notice,
            over: Some(Arc::clone(&self.followed)),
        }
    }
}
