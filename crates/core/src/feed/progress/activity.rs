//! How one activity stands, encoded once for all its readers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use fast_temporal_protocol::{
    Json,
    v1::{Notice, PendingActivity},
};

use crate::feed::PayloadAccess;

/// How a running activity stands: what history does not say. Cloning the bytes that it gives copies
/// nothing.
#[derive(Debug)]
pub struct ActivityProgress {
    workflow_id: Arc<str>,
    activity: PendingActivity,
    whole: Forms,
    hidden: OnceLock<Box<Forms>>,
}

#[derive(Debug, Default)]
struct Forms {
    frame: OnceLock<Bytes>,
    sse: OnceLock<Bytes>,
}

impl ActivityProgress {
    pub(super) fn new(workflow_id: Arc<str>, activity: PendingActivity) -> Self {
        Self {
            workflow_id,
            activity,
            whole: Forms::default(),
            hidden: OnceLock::new(),
        }
    }

    /// The activity itself, with its payloads.
    pub fn activity(&self) -> &PendingActivity {
        &self.activity
    }

    /// A WebSocket frame's text: [`Notice::Progress`].
    pub fn frame(&self, visibility: PayloadAccess) -> &Bytes {
        let forms = self.forms(visibility);
        forms.frame.get_or_init(|| {
            let notice = Notice::Progress {
                workflow_id: self.workflow_id.to_string(),
                activity: self.json(visibility),
            };
            notice.encode().into()
        })
    }

    /// One block of an event stream, without an id: `event: progress`, `data: <the activity>`, an
    /// empty line.
    pub fn sse(&self, visibility: PayloadAccess) -> &Bytes {
        let forms = self.forms(visibility);
        forms.sse.get_or_init(|| {
            let json = self.json(visibility);
            format!("event: progress\ndata: {}\n\n", json.get()).into()
        })
    }

    fn forms(&self, visibility: PayloadAccess) -> &Forms {
        match visibility {
            PayloadAccess::Full => &self.whole,
            PayloadAccess::Hidden => self.hidden.get_or_init(Box::default),
        }
    }

    fn json(&self, visibility: PayloadAccess) -> Json {
        let mut activity = self.activity.clone();
        if visibility == PayloadAccess::Hidden {
            activity.hide_payloads();
        }
        Json::from_value(&activity).expect("an activity has string keys only")
    }
}
