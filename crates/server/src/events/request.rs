//! The extractor for requests of events.

use std::time::Duration;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use fast_temporal_protocol::{
    ErrorBody, ErrorCode,
    v1::{StartFrom, StreamSource, SubscribeRequest},
};
use serde::Deserialize;

use super::event_id::EventId;
use crate::{
    ApiError, App,
    error::invalid_field,
    rest::target::{QueryParameters, decode_path},
};

/// A validated request.
#[derive(Debug)]
pub(crate) struct EventsRequest {
    pub(super) workflow_id: String,
    pub(super) subscribe: SubscribeRequest,
    pub(super) transport: Transport,
}

/// How the client receives events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// As an event stream.
    Sse,
    /// As one JSON page, for which the client waits up to this long if nothing is new.
    Page { wait: Duration },
}

#[derive(Deserialize)]
struct Parameters {
    after: Option<String>,
    #[serde(default)]
    from: StartFrom,
    types: Option<String>,
    topics: Option<String>,
    #[serde(default)]
    stream_source: StreamSource,
    stream_offset: Option<String>,
    progress: Option<String>,
    wait: Option<String>,
}

impl FromRequestParts<App> for EventsRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let (workflow_id, _) = decode_path(parts, app).await?;
        let QueryParameters(parameters) =
            QueryParameters::<Parameters>::from_request_parts(parts, app).await?;
        let position = position(&parts.headers, &parameters)?.map(EventId::parse);
        let stream_offset = match position {
            Some(EventId(_, Some(offset))) => offset,
            _ => parse_offset(parameters.stream_offset.as_deref())?,
        };
        let subscribe = SubscribeRequest {
            after: position.map(|EventId(cursor, _)| cursor.to_owned()),
            from: parameters.from,
            types: names(parameters.types.as_deref()),
            topics: names(parameters.topics.as_deref()),
            stream_source: parameters.stream_source,
            stream_offset,
            progress: parse_switch("progress", parameters.progress.as_deref())?,
        };
        let transport = match &parameters.wait {
            Some(wait) => Transport::Page {
                wait: parse_wait(wait, app.config.events.long_poll_max)?,
            },
            None if prefers_json(&parts.headers) => Transport::Page {
                wait: Duration::ZERO,
            },
            None => Transport::Sse,
        };
        Ok(Self {
            workflow_id,
            subscribe,
            transport,
        })
    }
}

/// The position to resume from. A browser that reconnects uses its first URL again, so the header is
/// newer. An empty value counts as absent.
fn position<'a>(
    headers: &'a HeaderMap,
    parameters: &'a Parameters,
) -> Result<Option<&'a str>, ErrorBody> {
    let header = headers.get("last-event-id").map(HeaderValue::to_str);
    let header = header.transpose().map_err(|_| {
        let message = "invalid Last-Event-ID: expected the id of a previous event";
        ErrorBody::new(ErrorCode::InvalidCursor, message)
    })?;
    let mut candidates = [header, parameters.after.as_deref()].into_iter().flatten();
    Ok(candidates.find(|text| !text.is_empty()))
}

/// The names of a comma-separated list.
fn names(text: Option<&str>) -> Vec<String> {
    let names = text.unwrap_or_default().split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn parse_switch(field: &str, text: Option<&str>) -> Result<bool, ErrorBody> {
    match text {
        None | Some("" | "0" | "false") => Ok(false),
        Some("1" | "true") => Ok(true),
        Some(_) => Err(invalid_field(format!("{field}: expected 1 or 0"))),
    }
}

fn parse_offset(text: Option<&str>) -> Result<u64, ErrorBody> {
    let Some(text) = text else { return Ok(0) };
    // `parse` also accepts a plus sign.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let offset = text.parse().ok().filter(|_| digits);
    offset.ok_or_else(|| invalid_field("stream_offset: expected a whole number from 0"))
}

fn parse_wait(text: &str, max: Duration) -> Result<Duration, ErrorBody> {
    let seconds = text.parse::<f64>().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|wait| *wait <= max)
        .ok_or_else(|| {
            let max = max.as_secs_f64();
            invalid_field(format!("wait: expected 0 to {max} seconds"))
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
