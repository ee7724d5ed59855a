//! One workflow's events, read for one connection.

use std::sync::Arc;

use fast_temporal_core::{ActivityProgress, Entry, FeedUpdate};
use fast_temporal_protocol::{Cursor, v1::Notice};
use futures_util::stream::{self, AbortHandle, BoxStream, StreamExt as _, abortable};

use crate::{error::logged_error, verb::FilteredSubscription};

/// What a connection is to tell of one workflow.
pub(super) struct News {
    pub(super) workflow_id: Arc<str>,
    pub(super) what: What,
}

pub(super) enum What {
    /// Events to send, and the reader's place where it has passed by others since. There may be
    /// none to send.
    Events(Vec<Arc<Entry>>, Option<Cursor>),
    /// How running activities stand.
    Progress(Vec<Arc<ActivityProgress>>),
    /// Something else to say.
    Notice(Notice),
    /// The last thing to say: the subscription is over.
    Over(Notice),
}

/// A subscription that goes on.
struct Subscription {
    workflow_id: Arc<str>,
    reader: FilteredSubscription,
    over: bool,
}

/// The news of a workflow, to its end; and what stops them at once.
pub(super) fn read(
    workflow_id: Arc<str>,
    reader: FilteredSubscription,
) -> (BoxStream<'static, News>, AbortHandle) {
    let subscription = Subscription {
        workflow_id,
        reader,
        over: false,
    };
    // A block, as the argument of an async closure would be kept twice while it waits.
    let news = stream::unfold(subscription, |mut subscription| async move {
        if subscription.over {
            return None;
        }
        let news = subscription.next().await;
        Some((news, subscription))
    });
    let (news, stop) = abortable(news);
    (news.boxed(), stop)
}

impl Subscription {
    async fn next(&mut self) -> News {
        let step = self.reader.next().await;
        let id = || self.workflow_id.to_string();
        let what = match step {
            FeedUpdate::Events(entries) => {
                What::Events(entries, self.reader.unsent_cursor().cloned())
            }
            FeedUpdate::Live(cursor) => What::Notice(Notice::Live {
                workflow_id: id(),
                cursor,
            }),
            FeedUpdate::Progress(activities) => What::Progress(activities),
            FeedUpdate::StreamFailed(error) => What::Notice(Notice::StreamUnavailable {
                workflow_id: id(),
                error: logged_error(error),
            }),
            FeedUpdate::Gap => What::Notice(Notice::Gap { workflow_id: id() }),
            FeedUpdate::End => What::Over(Notice::End { workflow_id: id() }),
            FeedUpdate::Failed(error) => What::Over(Notice::SubscriptionFailed {
                workflow_id: id(),
                error: logged_error(error),
            }),
        };
        self.over = matches!(what, What::Over(_));
        News {
            workflow_id: Arc::clone(&self.workflow_id),
            what,
        }
    }
}
