//! What `v1` clients send over a WebSocket.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    AuthRequest, CancelRequest, ListRequest, QueryRequest, ResultRequest, SignalRequest,
    StartRequest, SubscribeRequest, TerminateRequest, UpdateRequest,
};
use crate::{ErrorBody, ErrorCode, path::MAX_WORKFLOW_ID_BYTES};

/// The longest request id that is text, in bytes.
const MAX_REQUEST_ID_BYTES: usize = 128;
/// Temporal's limit on the length of names, in bytes.
const MAX_NAME_BYTES: usize = 1000;

/// One message: `{"id": 1, "op": "signal", …}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Comes back with the answer.
    pub id: RequestId,
    /// What to do.
    pub op: Op,
}

/// What a client calls its request: a whole number or a text. The client sees to it that no two
/// that wait for an answer have the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RequestId {
    /// A whole number.
    Number(u64),
    /// A text of at most 128 bytes.
    Text(String),
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

/// Which workflow a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The whole workflow id, with its owner's prefix.
    pub workflow_id: String,
    /// The run; the current one where absent.
    pub run_id: Option<String>,
}

/// What a request asks for, with what it needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Start a workflow.
    Start(Box<StartRequest>),
    /// Read a workflow's events.
    Subscribe(String, SubscribeRequest),
    /// Read them no longer.
    Unsubscribe(String),
    /// Send the signal of that name.
    Signal(Target, String, SignalRequest),
    /// Ask the query of that name.
    Query(Target, String, QueryRequest),
    /// Send the update of that name, and wait for what it comes to.
    Update(Target, String, UpdateRequest),
    /// Ask the workflow to cancel itself.
    Cancel(Target, CancelRequest),
    /// End the workflow at once.
    Terminate(Target, TerminateRequest),
    /// Say how the workflow stands.
    Describe(Target),
    /// Say which workflows there are.
    List(ListRequest),
    /// Wait for the workflow to end, and say what it came to.
    Result(String, ResultRequest),
    /// Go on with other credentials.
    Auth(AuthRequest),
    /// Show that the gateway lives.
    Ping,
}

impl Op {
    /// Every operation's name on the wire.
    pub const NAMES: &[&str] = &[
        "start",
        "subscribe",
        "unsubscribe",
        "signal",
        "query",
        "update",
        "cancel",
        "terminate",
        "describe",
        "list",
        "result",
        "auth",
        "ping",
    ];

    /// The operation's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Subscribe(..) => "subscribe",
            Self::Unsubscribe(_) => "unsubscribe",
            Self::Signal(..) => "signal",
            Self::Query(..) => "query",
            Self::Update(..) => "update",
            Self::Cancel(..) => "cancel",
            Self::Terminate(..) => "terminate",
            Self::Describe(_) => "describe",
            Self::List(_) => "list",
            Self::Result(..) => "result",
            Self::Auth(_) => "auth",
            Self::Ping => "ping",
        }
    }

    /// The workflow that it is about, where it is about one that may be there.
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

/// The fields that every message has. They stay text until it is known what they should be.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    op: Option<&'a RawValue>,
}

/// The fields that say what a request is about.
#[derive(Deserialize)]
struct About<'a> {
    #[serde(borrow, default)]
    workflow_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    run_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
}

/// Reads one text frame.
///
/// # Errors
/// What is wrong with it, and the request's id where that could be read.
pub fn parse_request(text: &str) -> Result<Request, (Option<RequestId>, ErrorBody)> {
    let envelope: Envelope<'_> = parse_object(text).map_err(|error| (None, error))?;
    let id = parse_id(envelope.id).map_err(|error| (None, error))?;
    match parse_op(text, envelope.op) {
        Ok(op) => Ok(Request { id, op }),
        Err(error) => Err((Some(id), error)),
    }
}

/// Reads the body of a REST request. One that is empty counts as `{}`.
///
/// # Errors
/// What is wrong with it.
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
                "id: must be a whole number, or a text of at most {MAX_REQUEST_ID_BYTES} bytes"
            ))
        })
}

fn parse_op(text: &str, op: Option<&RawValue>) -> Result<Op, ErrorBody> {
    let op = op.ok_or_else(|| missing("op"))?;
    let op: Cow<'_, str> =
        serde_json::from_str(op.get()).map_err(|_| invalid("op: must be a text"))?;
    let about: About<'_> = parse_fields(text)?;
    Ok(match &*op {
        "start" => Op::Start(Box::new(parse_fields(text)?)),
        "subscribe" => Op::Subscribe(about.workflow_id()?, parse_fields(text)?),
        "unsubscribe" => Op::Unsubscribe(about.workflow_id()?),
        "signal" => Op::Signal(about.target()?, about.name()?, parse_fields(text)?),
        "query" => Op::Query(about.target()?, about.name()?, parse_fields(text)?),
        "update" => Op::Update(about.target()?, about.name()?, parse_fields(text)?),
        "cancel" => Op::Cancel(about.target()?, parse_fields(text)?),
        "terminate" => Op::Terminate(about.target()?, parse_fields(text)?),
        "describe" => Op::Describe(about.target()?),
        "list" => Op::List(parse_fields(text)?),
        "result" => Op::Result(about.workflow_id()?, parse_fields(text)?),
        "auth" => Op::Auth(parse_fields(text)?),
        "ping" => Op::Ping,
        _ => {
            let message = format!(
                "there is no such operation; there are {}",
                Op::NAMES.join(", ")
            );
            return Err(ErrorBody::new(ErrorCode::UnknownOperation, message));
        }
    })
}

impl About<'_> {
    fn workflow_id(&self) -> Result<String, ErrorBody> {
        parse_text("workflow_id", self.workflow_id, MAX_WORKFLOW_ID_BYTES)?
            .ok_or_else(|| missing("workflow_id"))
    }

    fn target(&self) -> Result<Target, ErrorBody> {
        Ok(Target {
            workflow_id: self.workflow_id()?,
            run_id: parse_text("run_id", self.run_id, MAX_WORKFLOW_ID_BYTES)?,
        })
    }

    fn name(&self) -> Result<String, ErrorBody> {
        parse_text("name", self.name, MAX_NAME_BYTES)?.ok_or_else(|| missing("name"))
    }
}

/// A text; absent, `null` and empty mean the same.
fn parse_text(
    field: &str,
    value: Option<&RawValue>,
    max_bytes: usize,
) -> Result<Option<String>, ErrorBody> {
    match value.map(|value| serde_json::from_str::<Option<String>>(value.get())) {
        None | Some(Ok(None)) => Ok(None),
        Some(Ok(Some(text))) if text.is_empty() => Ok(None),
        Some(Ok(Some(text))) if text.len() <= max_bytes => Ok(Some(text)),
        Some(_) => Err(invalid(format!(
            "{field}: must be a text of at most {max_bytes} bytes"
        ))),
    }
}

fn parse_object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ErrorBody> {
    check_object(text)?;
    parse_fields(text)
}

fn check_object(text: &str) -> Result<(), ErrorBody> {
    let value = serde_json::from_str::<&RawValue>(text)
        .map_err(|error| ErrorBody::new(ErrorCode::InvalidJson, format!("not JSON: {error}")))?;
    if value.get().starts_with('{') {
        Ok(())
    } else {
        Err(ErrorBody::new(
            ErrorCode::ExpectedObject,
            "a message is a JSON object",
        ))
    }
}

/// Reads the fields of what is known to be an object, and says where one does not fit.
fn parse_fields<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ErrorBody> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let place = error.path().to_string();
        let cause = error.into_inner().to_string();
        let message = match &*place {
            "." => cause.clone(),
            place => format!("{place}: {cause}"),
        };
        if cause.starts_with("missing field") {
            ErrorBody::new(ErrorCode::MissingField, message)
        } else {
            invalid(message)
        }
    })
}

fn missing(field: &str) -> ErrorBody {
    ErrorBody::new(ErrorCode::MissingField, format!("{field}: missing"))
}

fn invalid(message: impl Into<Cow<'static, str>>) -> ErrorBody {
    ErrorBody::new(ErrorCode::InvalidField, message)
}
