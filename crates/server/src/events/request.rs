//! What a reader of events asks for.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, header, request::Parts},
};
use fast_temporal_protocol::{Cursor, ErrorBody, ErrorCode, path};
use serde::Deserialize;

use crate::{ApiError, App};

/// A request, checked.
#[derive(Debug)]
pub(crate) struct EventsRequest {
    pub(super) workflow_id: String,
    /// Where the reader stands; `None` for the start.
    pub(super) after: Option<Cursor>,
    pub(super) form: Form,
}

/// How events are to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// As an event stream.
    Stream,
    /// As one JSON answer, for which the client waits that long where nothing is new.
    Answer { wait: Duration },
}

#[derive(Deserialize)]
struct Parameters {
    after: Option<String>,
    wait: Option<String>,
}

impl FromRequestParts<App> for EventsRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let invalid_id =
            |message: String| ApiError::from(ErrorBody::new(ErrorCode::InvalidWorkflowId, message));
        let Path(segment) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|rejection| invalid_id(rejection.body_text()))?;
        let workflow_id =
            path::decode_workflow_id(&segment).map_err(|error| invalid_id(error.to_string()))?;
        let Query(parameters) =
            Query::<Parameters>::try_from_uri(&parts.uri).map_err(|rejection| {
                ApiError::from(ErrorBody::new(
                    ErrorCode::InvalidField,
                    rejection.body_text(),
                ))
            })?;
        let after = match place(&parts.headers, &parameters)? {
            Some(text) => Some(text.parse::<Cursor>().map_err(|error| {
                ApiError::from(ErrorBody::new(ErrorCode::InvalidCursor, error.to_string()))
            })?),
            None => None,
        };
        let form = match &parameters.wait {
            Some(wait) => Form::Answer {
                wait: parse_wait(wait, app.config.events.long_poll_max)?,
            },
            None if prefers_json(&parts.headers) => Form::Answer {
                wait: Duration::ZERO,
            },
            None => Form::Stream,
        };
        Ok(Self {
            workflow_id,
            after,
            form,
        })
    }
}

/// Where the reader stands. A browser that reconnects asks with the same URL as at first, so the
/// header is the later word. An empty one is as good as none.
fn place<'a>(
    headers: &'a HeaderMap,
    parameters: &'a Parameters,
) -> Result<Option<&'a str>, ApiError> {
    let text = match headers.get("last-event-id") {
        Some(value) => Some(value.to_str().map_err(|_| {
            ApiError::new(
                ErrorCode::InvalidCursor,
                "the header Last-Event-ID is no cursor",
            )
        })?),
        None => None,
    };
    let text = text.filter(|text| !text.is_empty());
    let after = || {
        parameters
            .after
            .as_deref()
            .filter(|after| !after.is_empty())
    };
    Ok(text.or_else(after))
}

fn parse_wait(text: &str, max: Duration) -> Result<Duration, ApiError> {
    let seconds = text.parse::<f64>().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|wait| *wait <= max)
        .ok_or_else(|| {
            let message = format!("wait: must be seconds, from 0 to {}", max.as_secs_f64());
            ErrorBody::new(ErrorCode::InvalidField, message).into()
        })
}

fn prefers_json(headers: &HeaderMap) -> bool {
    let mut json = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            let media_type = range.split(';').next().unwrap_or_default().trim();
            if media_type.eq_ignore_ascii_case("text/event-stream") {
                return false;
            }
            json |= media_type.eq_ignore_ascii_case("application/json");
        }
    }
    json
}
