//! What the gateway says over a WebSocket without being asked, besides events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Cursor, ErrorBody, Json};

/// A frame with one key, its name. Clients ignore those that they don't know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// The replay of a workflow's past is over: what comes now happens now. Said once.
    Live {
        /// The workflow.
        workflow_id: String,
        /// Where the reader stands; `null` where there was no event yet.
        cursor: Option<Cursor>,
    },
    /// Something is gone that should have come next, and can't be had any more.
    Gap {
        /// The workflow.
        workflow_id: String,
    },
    /// There will be no more events of this workflow: the subscription is over.
    End {
        /// The workflow.
        workflow_id: String,
    },
    /// The events of this workflow can't be read on: the subscription is over.
    SubscriptionFailed {
        /// The workflow.
        workflow_id: String,
        /// Why.
        error: ErrorBody,
    },
    /// How a running activity stands. It is not in history, has no cursor, and is not said again.
    Progress {
        /// The workflow.
        workflow_id: String,
        /// The activity, as `describe` shows it.
        activity: Json,
    },
    /// The workflow does not say right now what its stream holds, for a reader that asks for that.
    /// Events go on, and it is asked again.
    StreamUnavailable {
        /// The workflow.
        workflow_id: String,
        /// Why.
        error: ErrorBody,
    },
    /// The connection lives. Where readers stand whose place has moved without an event that they
    /// were sent, by workflow id.
    Heartbeat {
        /// The places.
        cursors: BTreeMap<String, Cursor>,
    },
    /// The credentials are about to end; the connection is closed with 4003 then, unless `auth`
    /// brings others.
    CredentialsExpiring {
        /// When.
        expires_at: Timestamp,
    },
}

impl Notice {
    /// The frame's text.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("a notice has string keys only")
    }
}
