//! The subscriptions of a `v1` connection, and the cursors that are still to be sent.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
};

use fast_temporal_protocol::{Cursor, ErrorBody, ErrorCode, v1::RequestId};
use futures_util::stream::AbortHandle;

/// The subscriptions of a connection, with those that are still being opened.
#[derive(Default)]
pub(super) struct SubscriptionSet {
    subscriptions: HashMap<Arc<str>, Subscription>,
    /// The cursors of subscriptions that have advanced without an event that was sent.
    unsent_cursors: HashMap<Arc<str>, Cursor>,
    /// Subscribe requests that `unsubscribe` cancelled while they were in flight, with the id of that
    /// `unsubscribe`.
    cancelled: HashMap<u64, RequestId>,
    last_number: u64,
}

struct Subscription {
    number: u64,
    /// Stops the updates; `None` while the subscription is being opened.
    stop: Option<AbortHandle>,
}

/// Whether a subscribe request is still wanted when it completes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SubscribeStatus {
    Wanted,
    /// The client has cancelled it with this `unsubscribe`, whose response is still to be sent.
    CancelledBy(RequestId),
}

/// When `unsubscribe` can be answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unsubscribed {
    Now,
    /// Once the subscribe request in flight has been answered.
    AfterSubscribe,
}

impl SubscriptionSet {
    /// Adds a subscription that is being opened, and returns its number.
    ///
    /// # Errors
    /// `already_subscribed`, or `too_many_subscriptions`.
    pub(super) fn open(&mut self, workflow_id: &Arc<str>, max: usize) -> Result<u64, ErrorBody> {
        if self.subscriptions.contains_key(workflow_id) {
            return Err(ErrorBody::new(
                ErrorCode::AlreadySubscribed,
                "this connection is already subscribed to the workflow",
            ));
        }
        if self.subscriptions.len() >= max {
            let message = format!("too many subscriptions: a connection can have {max}");
            return Err(ErrorBody::new(ErrorCode::TooManySubscriptions, message));
        }
        self.last_number += 1;
        let subscription = Subscription {
            number: self.last_number,
            stop: None,
        };
        self.subscriptions
            .insert(Arc::clone(workflow_id), subscription);
        Ok(self.last_number)
    }

    /// Returns whether the subscribe request of that number is still wanted, now that it completes.
    pub(super) fn complete(&mut self, number: u64) -> SubscribeStatus {
        match self.cancelled.remove(&number) {
            Some(by) => SubscribeStatus::CancelledBy(by),
            None => SubscribeStatus::Wanted,
        }
    }

    /// Marks a subscription as open.
    pub(super) fn set_open(&mut self, workflow_id: &str, stop: AbortHandle) {
        match self.subscriptions.get_mut(workflow_id) {
            Some(subscription) => subscription.stop = Some(stop),
            None => stop.abort(),
        }
    }

    /// Ends a subscription, or cancels the request that opens it, on the `unsubscribe` with the id
    /// `by`.
    ///
    /// # Errors
    /// `not_subscribed`
    pub(super) fn unsubscribe(
        &mut self,
        workflow_id: &str,
        by: &RequestId,
    ) -> Result<Unsubscribed, ErrorBody> {
        let subscription = self.subscriptions.remove(workflow_id).ok_or_else(|| {
            ErrorBody::new(
                ErrorCode::NotSubscribed,
                "this connection is not subscribed to the workflow",
            )
        })?;
        self.unsent_cursors.remove(workflow_id);
        let Some(stop) = subscription.stop else {
            self.cancelled.insert(subscription.number, by.clone());
            return Ok(Unsubscribed::AfterSubscribe);
        };
        stop.abort();
        Ok(Unsubscribed::Now)
    }

    /// Removes a subscription that has ended or could not be opened.
    pub(super) fn remove(&mut self, workflow_id: &str) {
        self.unsent_cursors.remove(workflow_id);
        let subscription = self.subscriptions.remove(workflow_id);
        if let Some(stop) = subscription.and_then(|it| it.stop) {
            stop.abort();
        }
    }

    /// Returns the workflows with an open subscription.
    pub(super) fn open_workflows(&self) -> Vec<Arc<str>> {
        let all = self.subscriptions.iter();
        let open = all.filter(|(_, subscription)| subscription.stop.is_some());
        open.map(|(id, _)| Arc::clone(id)).collect()
    }

    /// Records a subscription's cursor for the next heartbeat; `None` if the client has received it.
    pub(super) fn set_unsent_cursor(&mut self, workflow_id: &Arc<str>, cursor: Option<Cursor>) {
        match cursor {
            Some(cursor) => {
                self.unsent_cursors.insert(Arc::clone(workflow_id), cursor);
            }
            // Without a filter there never is one.
            None if self.unsent_cursors.is_empty() => {}
            None => {
                self.unsent_cursors.remove(workflow_id);
            }
        }
    }

    /// Takes all unsent cursors, in parts of at most `count`.
    pub(super) fn take_unsent_cursors(&mut self, count: usize) -> Vec<BTreeMap<String, Cursor>> {
        let mut cursors = mem::take(&mut self.unsent_cursors).into_iter().peekable();
        let mut parts = Vec::new();
        while cursors.peek().is_some() {
            let part = cursors.by_ref().take(count);
            parts.push(part.map(|(id, cursor)| (id.to_string(), cursor)).collect());
        }
        parts
    }
}
