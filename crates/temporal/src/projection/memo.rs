//! The memo, in which a workflow reports its status.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use fast_temporal_protocol::event::Status;
use temporalio_common::protos::temporal::api::common::v1::{self as proto, Payload};

use super::projected::Projected;
use crate::payload;

/// The current memo. Clones share it until one of them changes it: a memo may be large, and most runs
/// never change it.
#[derive(Clone, Default)]
pub(super) struct Memo(Arc<HashMap<String, Payload>>);

impl Memo {
    /// Takes the memo of the start, or of the previous run. It is not an event, as the workflow does not
    /// report it now.
    pub(super) fn seed(&mut self, memo: Option<proto::Memo>) {
        self.0 = Arc::new(memo.unwrap_or_default().fields);
    }

    pub(super) fn upserted(&mut self, memo: Option<proto::Memo>) -> Projected {
        let mut changed = BTreeMap::new();
        for (key, new) in memo.unwrap_or_default().fields {
            let value = payload::json(new.clone());
            if value.is_null() {
                if Arc::make_mut(&mut self.0).remove(&key).is_some() {
                    changed.insert(key, value);
                }
            } else if self.0.get(&key) != Some(&new) {
                Arc::make_mut(&mut self.0).insert(key.clone(), new);
                changed.insert(key, value);
            }
        }
        Projected::maybe((!changed.is_empty()).then_some(Status { changed }))
    }
}
