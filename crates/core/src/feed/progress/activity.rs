//! The progress of one activity, encoded once for all its subscribers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use fast_temporal_protocol::{
    Json,
    v1::{Notice, PendingActivity},
};

use crate::feed::entry::PayloadAccess;

/// The progress of a running activity, which is not in history. Cloning the bytes that it returns
/// copies nothing.
#[derive(Debug)]
pub struct ActivityProgress {
    workflow_id: Arc<str>,
    activity: PendingActivity,
    full: Encodings,
    hidden: OnceLock<Box<Encodings>>,
}

#[derive(Debug, Default)]
struct Encodings {
    frame: OnceLock<Bytes>,
    sse: OnceLock<Bytes>,
}

impl ActivityProgress {
    pub(super) fn new(workflow_id: Arc<str>, activity: PendingActivity) -> Self {
        Self {
            workflow_id,
            activity,
            full: Encodings::default(),
            hidden: OnceLock::new(),
        }
    }

    /// The activity itself, with its payloads.
    pub fn activity(&self) -> &PendingActivity {
        &self.activity
    }

    /// The text of a WebSocket frame: [`Notice::Progress`].
    pub fn frame(&self, access: PayloadAccess) -> &Bytes {
        let encodings = self.encodings(access);
        encodings.frame.get_or_init(|| {
            let notice = Notice::Progress {
                workflow_id: self.workflow_id.to_string(),
                activity: self.json(access),
            };
            notice.encode().into()
        })
    }

    /// A block of an event stream, without an id: `event: progress`, `data: <the activity>`, an empty
    /// line.
    pub fn sse(&self, access: PayloadAccess) -> &Bytes {
        let encodings = self.encodings(access);
        encodings.sse.get_or_init(|| {
            let json = self.json(access);
            format!("event: progress\ndata: {}\n\n", json.get()).into()
        })
    }

    fn encodings(&self, access: PayloadAccess) -> &Encodings {
        match access {
            PayloadAccess::Full => &self.full,
            PayloadAccess::Hidden => self.hidden.get_or_init(Box::default),
        }
    }

    fn json(&self, access: PayloadAccess) -> Json {
        let mut activity = self.activity.clone();
        if access == PayloadAccess::Hidden {
            activity.hide_payloads();
        }
        Json::from_value(&activity).expect("an activity has string keys only")
    }
}
