//! Notices: messages other than events that the gateway sends over a WebSocket unprompted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cursor, ErrorBody, Json};

/// An object with one key, the notice's name. Clients ignore unknown notices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Notice {
    /// The replay of a workflow's past events is complete: events that follow happen now. Sent once.
    Live {
        /// The workflow.
        workflow_id: String,
        /// The subscription's position; `null` if there was no event yet.
        cursor: Option<Cursor>,
    },
    /// Events that should have come next are permanently missing. The subscription continues with the
    /// events that exist.
    Gap {
        /// The workflow.
        workflow_id: String,
    },
    /// The feed has ended, and with it the subscription.
    End {
        /// The workflow.
        workflow_id: String,
    },
    /// The gateway cannot continue the subscription, which has ended.
    SubscriptionFailed {
        /// The workflow.
        workflow_id: String,
        /// The reason.
        error: ErrorBody,
    },
    /// The state of a running activity. It is not in history, has no cursor and is not sent again.
    Progress {
        /// The workflow.
        workflow_id: String,
        /// The activity, in the form that `describe` returns.
        activity: Json,
    },
    /// The workflow's own stream is unavailable at the moment, for a subscription with
    /// `stream_source` `workflow`. Events continue, and the gateway queries the workflow again.
    StreamUnavailable {
        /// The workflow.
        workflow_id: String,
        /// The reason.
        error: ErrorBody,
    },
    /// The connection is alive. Contains the cursors of subscriptions that advanced without an event
    /// that was sent.
    Heartbeat {
        /// The cursors, by workflow id.
        cursors: BTreeMap<String, Cursor>,
    },
    /// The credentials are about to expire. The connection is then closed with 4003, unless `auth`
    /// replaces them before.
    CredentialsExpiring {
        /// When they expire.
        #[schemars(with = "String", extend("format" = "date-time"))]
        expires_at: Timestamp,
    },
}

impl Notice {
    /// Returns the message's text.
    pub fn encode(&self) -> String {
        serde_json::to_string(self).expect("a notice only has string keys")
    }
}
