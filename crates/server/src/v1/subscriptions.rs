//! What a connection is subscribed to.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::Arc,
};

use fast_temporal_protocol::{Cursor, ErrorBody, ErrorCode, v1::RequestId};
use futures_util::stream::AbortHandle;

/// What a connection is subscribed to, or about to be.
#[derive(Default)]
pub(super) struct Subscriptions {
    slots: HashMap<Arc<str>, Slot>,
    /// Where readers stand whose place has moved without an event that they were sent.
    untold: HashMap<Arc<str>, Cursor>,
    /// Requests to subscribe that were taken back before they were answered, and by which request.
    taken_back: HashMap<u64, RequestId>,
    numbers: u64,
}

/// A subscription, or the request for it.
struct Slot {
    number: u64,
    /// Stops the reader; `None` while it is not there yet.
    stop: Option<AbortHandle>,
}

/// What becomes of a request to subscribe.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// It is still wanted.
    Yes,
    /// It was taken back by that request, which is still to be answered.
    TakenBackBy(RequestId),
}

impl Subscriptions {
    /// Takes note of a request to subscribe, and gives it a number.
    ///
    /// # Errors
    /// The connection is subscribed to the workflow already, or to as many as it may.
    pub(super) fn ask(&mut self, workflow_id: &Arc<str>, max: usize) -> Result<u64, ErrorBody> {
        if self.slots.contains_key(workflow_id) {
            return Err(ErrorBody::new(
                ErrorCode::AlreadySubscribed,
                "this connection reads this workflow's events already",
            ));
        }
        if self.slots.len() >= max {
            let message = format!("this connection reads the events of {max} workflows already");
            return Err(ErrorBody::new(ErrorCode::TooManySubscriptions, message));
        }
        self.numbers += 1;
        let slot = Slot {
            number: self.numbers,
            stop: None,
        };
        self.slots.insert(Arc::clone(workflow_id), slot);
        Ok(self.numbers)
    }

    /// What becomes of the request of that number, now that it is carried out.
    pub(super) fn is_wanted(&mut self, number: u64) -> Wanted {
        match self.taken_back.remove(&number) {
            Some(by) => Wanted::TakenBackBy(by),
            None => Wanted::Yes,
        }
    }

    /// The reader is there.
    pub(super) fn begin(&mut self, workflow_id: &str, stop: AbortHandle) {
        match self.slots.get_mut(workflow_id) {
            Some(slot) => slot.stop = Some(stop),
            None => stop.abort(),
        }
    }

    /// Stops a subscription, or takes the request for it back: it is answered first, and `by`
    /// afterwards. Says whether `by` can be answered now.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn stop(&mut self, workflow_id: &str, by: &RequestId) -> Result<bool, ErrorBody> {
        let slot = self.slots.remove(workflow_id).ok_or_else(|| {
            ErrorBody::new(
                ErrorCode::NotSubscribed,
                "this connection does not read this workflow's events",
            )
        })?;
        self.untold.remove(workflow_id);
        let Some(stop) = slot.stop else {
            self.taken_back.insert(slot.number, by.clone());
            return Ok(false);
        };
        stop.abort();
        Ok(true)
    }

    /// The subscription is over, or never came to be.
    pub(super) fn forget(&mut self, workflow_id: &str) {
        self.untold.remove(workflow_id);
        if let Some(Slot {
            stop: Some(stop), ..
        }) = self.slots.remove(workflow_id)
        {
            stop.abort();
        }
    }

    /// The workflows whose readers are there.
    pub(super) fn read(&self) -> Vec<Arc<str>> {
        let slots = self.slots.iter().filter(|(_, slot)| slot.stop.is_some());
        slots
            .map(|(workflow_id, _)| Arc::clone(workflow_id))
            .collect()
    }

    /// Takes note of where a reader stands: `None` where its client was told.
    pub(super) fn note_place(&mut self, workflow_id: &Arc<str>, untold: Option<Cursor>) {
        match untold {
            Some(cursor) => {
                self.untold.insert(Arc::clone(workflow_id), cursor);
            }
            // Where nothing is filtered, there is never one.
            None if self.untold.is_empty() => {}
            None => {
                self.untold.remove(workflow_id);
            }
        }
    }

    /// The places that clients were not told of, so many at a time. What is taken counts as told.
    pub(super) fn take_places(&mut self, count: usize) -> Vec<BTreeMap<String, Cursor>> {
        let mut places = mem::take(&mut self.untold).into_iter().peekable();
        let mut parts = Vec::new();
        while places.peek().is_some() {
            let part = places.by_ref().take(count);
            parts.push(part.map(|(id, cursor)| (id.to_string(), cursor)).collect());
        }
        parts
    }
}
