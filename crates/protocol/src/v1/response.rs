//! Responses over a WebSocket.

use serde::{Deserialize, Serialize};

use super::request::RequestId;
use crate::{ErrorBody, Json};

/// `{"id":1,"ok":true,"result":…}` or `{"id":1,"ok":false,"error":…}`. Each request gets one
/// response.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The request's id; `None` if it could not be read.
    pub id: Option<RequestId>,
    /// The result or the error.
    pub outcome: Result<Json, ErrorBody>,
}

/// The result of a request that returns nothing: `{}`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Empty {}

#[derive(Serialize)]
struct Written<'a> {
    id: &'a Option<RequestId>,
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a ErrorBody>,
}

#[derive(Deserialize)]
struct Read {
    id: Option<RequestId>,
    ok: bool,
    #[serde(default)]
    result: Option<Json>,
    #[serde(default)]
    error: Option<ErrorBody>,
}

impl Response {
    /// Returns the message's text.
    pub fn encode(&self) -> String {
        let written = Written {
            id: &self.id,
            ok: self.outcome.is_ok(),
            result: self.outcome.as_ref().ok(),
            error: self.outcome.as_ref().err(),
        };
        serde_json::to_string(&written).expect("a response only has string keys")
    }

    /// Reads a message's text.
    ///
    /// # Errors
    /// The text is not a response.
    pub fn decode(text: &str) -> Result<Self, serde_json::Error> {
        use serde::de::Error as _;
        let read: Read = serde_json::from_str(text)?;
        let outcome = match (read.ok, read.error) {
            (true, _) => Ok(read.result.unwrap_or_default()),
            (false, Some(error)) => Err(error),
            (false, None) => return Err(serde_json::Error::missing_field("error")),
        };
        Ok(Self {
            id: read.id,
            outcome,
        })
    }
}
