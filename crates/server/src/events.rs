//! `GET /v1/workflows/{id}/events`: a workflow's events over SSE, or by JSON long-polls.

mod event_id;
mod page;
mod request;
mod sse;

use axum::{
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use fast_temporal_protocol::{ErrorCode, Event, v1::EventsPage};
use serde_json::json;

use self::request::{EventsRequest, Transport};
use crate::{
    ApiError, App,
    auth::expiry::Expiry,
    caller::RateLimitedCaller,
    limit::{client_address::ClientAddress, client_key::ClientKey},
    openapi::{
        endpoint::Endpoint,
        error_response::{COMMON, TARGET, TEMPORAL},
        parameter,
    },
    operation::subscribe::subscribe,
};

pub(crate) fn events_endpoint() -> Endpoint {
    Endpoint::get("/v1/workflows/{id}/events", "events", "events")
        .describe(
            "Subscribe to a workflow's events",
            "All past events in order, and then new ones. The response is an event stream, unless the \
             request has `wait`, or its `Accept` names `application/json` and not \
             `text/event-stream`: then it is one JSON response.",
        )
        .parameters(parameter::of_events())
        .schema::<Event>()
        .schema::<EventsPage>()
        .other_response(
            StatusCode::OK,
            json!({
                "description": "The events. Each block of the stream has a cursor as `id` and an \
                    `Event` as `data`.",
                "content": {
                    "text/event-stream": {"schema": {"type": "string"}},
                    "application/json": {"schema": {"$ref": "#/components/schemas/EventsPage"}},
                },
            }),
        )
        .other_response(
            StatusCode::NO_CONTENT,
            json!({"description": "The client has all events and need not reconnect."}),
        )
        .errors(&[
            COMMON,
            TEMPORAL,
            TARGET,
            &[ErrorCode::InvalidCursor, ErrorCode::CursorMismatch],
        ])
}

pub(crate) async fn events(
    State(app): State<App>,
    RateLimitedCaller(principal): RateLimitedCaller,
    address: ClientAddress,
    request: EventsRequest,
) -> Result<Response, ApiError> {
    let permit = app
        .limits
        .admit(&ClientKey::new(principal.subject.clone(), address))?;
    let EventsRequest {
        workflow_id,
        subscribe: mut request,
        transport,
    } = request;
    // A page contains only what has a position in the feed.
    request.progress &= matches!(transport, Transport::Sse);
    let expiry = Expiry::of(&principal);
    let subscription = subscribe(&app, &principal, &workflow_id, &request).await?;
    let mut response = match transport {
        Transport::Sse => sse::respond(app, subscription, expiry, permit).await,
        Transport::Page { wait } => page::respond(&app, subscription, wait, expiry)
            .await?
            .into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
