//! The protocol of new clients: one set of verbs, over WebSocket and as REST.
//!
//! [`Request`] is a WebSocket message; over REST, its parts stand in the path, the query and the
//! body. [`Response`] and [`Notice`] are what comes back over a WebSocket; events come as
//! `{"event": …}`.

mod auth;
mod control;
mod describe;
mod events;
mod list;
mod message;
mod notice;
mod request;
mod response;
mod start;
mod subscribe;

pub use self::{
    auth::{AuthRequest, AuthResult, PingResult, TicketRequest, TicketResult},
    control::{CancelRequest, ResultRequest, TerminateRequest, WorkflowOutcome},
    describe::{PendingActivity, PendingActivityState, PendingWorkflowTask, WorkflowDetails},
    events::{EventsPage, StreamPosition},
    list::{ListRequest, WorkflowList, WorkflowStatus, WorkflowSummary},
    message::{QueryRequest, QueryResult, SignalRequest, UpdateRequest, UpdateResult, UpdateStage},
    notice::Notice,
    request::{Op, Request, RequestId, Target, parse_body, parse_request},
    response::{Empty, Response},
    start::{
        IdConflictPolicy, IdReusePolicy, RetryPolicy, StartRequest, StartResult, StartSignal,
        StartUpdate,
    },
    subscribe::{StartFrom, StreamSource, SubscribeRequest},
};

/// What names hold, as a regular expression: no control characters.
const NAME: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "fast-temporal.v1";
