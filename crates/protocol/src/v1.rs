//! The `v1` protocol: one set of operations over WebSocket and REST.
//!
//! A WebSocket client sends [`Request`]s and receives [`Response`]s, [`Notice`]s, and events as
//! `{"event": …}`. Over REST, the parts of a request are in the path, the query and the body.

mod asyncapi;
mod auth;
mod describe;
mod list;
mod notice;
mod request;
mod response;
mod start;
mod steer;
mod subscribe;

pub use self::{
    asyncapi::asyncapi,
    auth::{AuthRequest, AuthResult, PingResult, TicketRequest, TicketResult},
    describe::{PendingActivity, PendingActivityState, PendingWorkflowTask, WorkflowDetails},
    list::{ListRequest, WorkflowList, WorkflowStatus, WorkflowSummary},
    notice::Notice,
    request::{Operation, Request, RequestId, SUBPROTOCOL, Target, parse_body, parse_request},
    response::{Empty, Response},
    start::{
        IdConflictPolicy, IdReusePolicy, RetryPolicy, StartRequest, StartResult, StartSignal,
        StartUpdate,
    },
    steer::{
        CancelRequest, QueryRequest, QueryResult, ResultRequest, SignalRequest, TerminateRequest,
        UpdateRequest, UpdateResult, UpdateStage, WorkflowOutcome,
    },
    subscribe::{EventsPage, StartFrom, StreamPosition, StreamSource, SubscribeRequest},
};
