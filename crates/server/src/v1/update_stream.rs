//! One workflow's feed as the updates of a `v1` connection.

use std::sync::Arc;

use fast_temporal_core::{ActivityProgress, Entry, FeedUpdate};
use fast_temporal_protocol::{Cursor, v1::Notice};
use futures_util::stream::{self, AbortHandle, BoxStream, StreamExt as _, abortable};

use crate::{
    error::logged_error, operation::subscribe::filtered_subscription::FilteredSubscription,
};

/// What a subscription has yielded.
pub(super) struct SubscriptionUpdate {
    pub(super) workflow_id: Arc<str>,
    pub(super) content: UpdateContent,
}

pub(super) enum UpdateContent {
    /// Events to send, perhaps none, and the subscription's cursor if it has advanced past them.
    Events(Vec<Arc<Entry>>, Option<Cursor>),
    Progress(Vec<Arc<ActivityProgress>>),
    Notice(Notice),
    /// The last notice: the subscription has ended.
    Ended(Notice),
}

struct UpdateStream {
    workflow_id: Arc<str>,
    subscription: FilteredSubscription,
    has_ended: bool,
}

/// Returns a workflow's updates until its feed ends, and a handle that stops them at once.
pub(super) fn update_stream(
    workflow_id: Arc<str>,
    subscription: FilteredSubscription,
) -> (BoxStream<'static, SubscriptionUpdate>, AbortHandle) {
    let state = UpdateStream {
        workflow_id,
        subscription,
        has_ended: false,
    };
    // A block, as an async closure would store its argument twice while it waits.
    let updates = stream::unfold(state, |mut state| async move {
        if state.has_ended {
            return None;
        }
        let update = state.next().await;
        Some((update, state))
    });
    let (updates, stop) = abortable(updates);
    (updates.boxed(), stop)
}

impl UpdateStream {
    async fn next(&mut self) -> SubscriptionUpdate {
        let update = self.subscription.next().await;
        let workflow_id = || self.workflow_id.to_string();
        let content = match update {
            FeedUpdate::Events(entries) => {
                UpdateContent::Events(entries, self.subscription.unsent_cursor().cloned())
            }
            FeedUpdate::Live(cursor) => UpdateContent::Notice(Notice::Live {
                workflow_id: workflow_id(),
                cursor,
            }),
            FeedUpdate::Progress(activities) => UpdateContent::Progress(activities),
            FeedUpdate::StreamFailed(error) => UpdateContent::Notice(Notice::StreamUnavailable {
                workflow_id: workflow_id(),
                error: logged_error(error),
            }),
            FeedUpdate::Gap => UpdateContent::Notice(Notice::Gap {
                workflow_id: workflow_id(),
            }),
            FeedUpdate::End => UpdateContent::Ended(Notice::End {
                workflow_id: workflow_id(),
            }),
            FeedUpdate::Failed(error) => UpdateContent::Ended(Notice::SubscriptionFailed {
                workflow_id: workflow_id(),
                error: logged_error(error),
            }),
        };
        self.has_ended = matches!(content, UpdateContent::Ended(_));
        SubscriptionUpdate {
            workflow_id: Arc::clone(&self.workflow_id),
            content,
        }
    }
}
