//! Requests of `v1` clients over a WebSocket.

use std::{borrow::Cow, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    auth::AuthRequest,
    list::ListRequest,
    start::StartRequest,
    steer::{
        CancelRequest, QueryRequest, ResultRequest, SignalRequest, TerminateRequest, UpdateRequest,
    },
    subscribe::SubscribeRequest,
};
use crate::{
    ErrorBody, ErrorCode,
    parse::{
        MAX_NAME_BYTES, check_object, invalid, missing, parse_fields, parse_required, parse_text,
    },
    path::MAX_WORKFLOW_ID_BYTES,
};

/// The WebSocket subprotocol.
pub const SUBPROTOCOL: &str = "fast-temporal.v1";

/// The maximum length of a request id that is a string, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// A request: `{"id": 1, "op": "signal", …}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The response has the same id.
    pub id: RequestId,
    /// The requested operation.
    pub operation: Operation,
}

/// The client's id for a request. Requests in flight on a connection must have different ids.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RequestId {
    /// A non-negative integer.
    Number(u64),
    /// A string of at most 128 bytes.
    Text(#[schemars(length(max = 128))] String),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// The workflow that a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The full workflow id, with its owner's prefix.
    pub workflow_id: String,
    /// The run, by default the current one.
    pub run_id: Option<String>,
}

/// An operation with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Start a workflow.
    Start(Box<StartRequest>),
    /// Subscribe to a workflow's events.
    Subscribe(String, SubscribeRequest),
    /// End a subscription.
    Unsubscribe(String),
    /// Send the named signal.
    Signal(Target, String, SignalRequest),
    /// Send the named query.
    Query(Target, String, QueryRequest),
    /// Send the named update, and wait for its result.
    Update(Target, String, UpdateRequest),
    /// Request that the workflow cancel itself.
    Cancel(Target, CancelRequest),
    /// Terminate the workflow at once.
    Terminate(Target, TerminateRequest),
    /// Describe the workflow.
    Describe(Target),
    /// List workflows.
    List(ListRequest),
    /// Wait until the workflow is closed, and return its outcome.
    Result(String, ResultRequest),
    /// Set or replace the connection's credentials.
    Auth(AuthRequest),
    /// Check that the gateway is alive.
    Ping,
}

macro_rules! operation_names {
    ($($variant:ident = $name:literal,)*) => {
        impl Operation {
            /// The wire names of all operations.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Returns the operation's wire name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }
        }
    };
}

operation_names! {
    Start = "start",
    Subscribe = "subscribe",
    Unsubscribe = "unsubscribe",
    Signal = "signal",
    Query = "query",
    Update = "update",
    Cancel = "cancel",
    Terminate = "terminate",
    Describe = "describe",
    List = "list",
    Result = "result",
    Auth = "auth",
    Ping = "ping",
}

impl Operation {
    /// Returns the existing workflow that the operation is for, if it is for one.
    pub fn workflow_id(&self) -> Option<&str> {
        match self {
            Self::Subscribe(id, _) | Self::Unsubscribe(id) | Self::Result(id, _) => Some(id),
            Self::Signal(target, ..)
            | Self::Query(target, ..)
            | Self::Update(target, ..)
            | Self::Cancel(target, _)
            | Self::Terminate(target, _)
            | Self::Describe(target) => Some(&target.workflow_id),
            Self::Start(_) | Self::List(_) | Self::Auth(_) | Self::Ping => None,
        }
    }
}

/// The fields that every request has. They stay text until their types are known.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    op: Option<&'a RawValue>,
}

/// The fields that identify a request's workflow and handler.
#[derive(Deserialize)]
struct TargetFields<'a> {
    #[serde(borrow, default)]
    workflow_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    run_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
}

/// Reads one text message.
///
/// # Errors
/// The reason why the request is invalid, and its id if that could be read.
pub fn parse_request(text: &str) -> Result<Request, (Option<RequestId>, ErrorBody)> {
    let envelope: Result<Envelope<'_>, _> = check_object(text).and_then(|()| parse_fields(text));
    let envelope = envelope.map_err(|error| (None, error))?;
    let id = parse_id(envelope.id).map_err(|error| (None, error))?;
    match parse_operation(text, envelope.op) {
        Ok(operation) => Ok(Request { id, operation }),
        Err(error) => Err((Some(id), error)),
    }
}

/// Reads the body of a REST request. An empty body is the same as `{}`.
///
/// # Errors
/// The reason why the body is invalid.
pub fn parse_body<T: DeserializeOwned>(text: &str) -> Result<T, ErrorBody> {
    let text = if text.trim().is_empty() { "{}" } else { text };
    check_object(text)?;
    parse_fields(text)
}

fn parse_id(id: Option<&RawValue>) -> Result<RequestId, ErrorBody> {
    let id = id.ok_or_else(|| missing("id"))?;
    let parsed = serde_json::from_str(id.get()).ok();
    parsed
        .filter(|id| !matches!(id, RequestId::Text(text) if text.len() > MAX_REQUEST_ID_BYTES))
        .ok_or_else(|| {
            invalid(format!(
                "id: must be a non-negative integer or a string of at most {MAX_REQUEST_ID_BYTES} bytes"
            ))
        })
}

fn parse_operation(text: &str, op: Option<&RawValue>) -> Result<Operation, ErrorBody> {
    let op = op.ok_or_else(|| missing("op"))?;
    let op: Cow<'_, str> =
        serde_json::from_str(op.get()).map_err(|_| invalid("op: must be a string"))?;
    let target: TargetFields<'_> = parse_fields(text)?;
    Ok(match &*op {
        "start" => Operation::Start(Box::new(parse_fields(text)?)),
        "subscribe" => Operation::Subscribe(target.workflow_id()?, parse_fields(text)?),
        "unsubscribe" => Operation::Unsubscribe(target.workflow_id()?),
        "signal" => Operation::Signal(target.target()?, target.name()?, parse_fields(text)?),
        "query" => Operation::Query(target.target()?, target.name()?, parse_fields(text)?),
        "update" => Operation::Update(target.target()?, target.name()?, parse_fields(text)?),
        "cancel" => Operation::Cancel(target.target()?, parse_fields(text)?),
        "terminate" => Operation::Terminate(target.target()?, parse_fields(text)?),
        "describe" => Operation::Describe(target.target()?),
        "list" => Operation::List(parse_fields(text)?),
        "result" => Operation::Result(target.workflow_id()?, parse_fields(text)?),
        "auth" => Operation::Auth(parse_fields(text)?),
        "ping" => Operation::Ping,
        _ => {
            let message = format!(
                "unknown operation: expected one of {}",
                Operation::NAMES.join(", ")
            );
            return Err(ErrorBody::new(ErrorCode::UnknownOperation, message));
        }
    })
}

impl TargetFields<'_> {
    fn workflow_id(&self) -> Result<String, ErrorBody> {
        parse_required("workflow_id", self.workflow_id, MAX_WORKFLOW_ID_BYTES)
    }

    fn target(&self) -> Result<Target, ErrorBody> {
        Ok(Target {
            workflow_id: self.workflow_id()?,
            run_id: parse_text("run_id", self.run_id, MAX_WORKFLOW_ID_BYTES)?,
        })
    }

    fn name(&self) -> Result<String, ErrorBody> {
        parse_required("name", self.name, MAX_NAME_BYTES)
    }
}
