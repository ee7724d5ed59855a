//! The memo, through which a workflow says of itself what it likes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use fast_temporal_protocol::event::Status;
use temporalio_common::protos::temporal::api::common::v1::{self as proto, Payload};

use super::Made;
use crate::payload;

/// The memo as all events so far have made it. Shared between clones until one changes: a memo may
/// be large, and most runs never touch it.
#[derive(Clone, Default)]
pub(super) struct Memo(Arc<HashMap<String, Payload>>);

impl Memo {
    /// What the run began with: the starter's, or carried over from the run before. Nothing that
    /// the workflow says now.
    pub(super) fn seed(&mut self, memo: Option<proto::Memo>) {
        self.0 = Arc::new(memo.unwrap_or_default().fields);
    }

    pub(super) fn upserted(&mut self, memo: Option<proto::Memo>) -> Made {
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
        Made::maybe((!changed.is_empty()).then_some(Status { changed }))
    }
}
