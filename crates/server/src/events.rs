//! `GET /v1/workflows/{id}/events`: a workflow's feed over SSE, or by JSON long-polls.

mod answer;
mod place;
mod reader;
mod request;
mod selection;
mod stream;

use axum::{
    extract::State,
    http::HeaderValue,
    http::header,
    response::{IntoResponse, Response},
};

use self::request::{EventsRequest, Form};
pub(crate) use self::{reader::Reader, selection::Selection};
use crate::{
    ApiError, App,
    auth::{Caller, Expiry},
    document::{
        error::EventsErrors,
        parameter::{EventsParameters, IdParameter},
    },
    limit::{client_address::ClientAddress, client_key::ClientKey},
    verb,
};

/// Read a workflow's events
///
/// Everything that happened to the workflow, in order, and then what happens. The answer is an
/// event stream, unless the request has `wait`, or its `Accept` names `application/json` and not
/// `text/event-stream`: then it is one JSON answer.
#[utoipa::path(
    get,
    path = "/v1/workflows/{id}/events",
    operation_id = "events",
    tag = "events",
    params(IdParameter, EventsParameters),
    responses(
        (
            status = 200,
            description = "The events: each block of the stream has a cursor as `id`, and an \
                `Event` as `data`.",
            content(
                (String = "text/event-stream"),
                (ref("#/components/schemas/EventsPage") = "application/json"),
            ),
        ),
        (status = 204, description = "The reader has seen everything, and need not come back."),
        EventsErrors,
    ),
)]
pub(crate) async fn events(
    State(app): State<App>,
    Caller(principal): Caller,
    address: ClientAddress,
    request: EventsRequest,
) -> Result<Response, ApiError> {
    let permit = app
        .limits
        .admit(&ClientKey::new(Some(&principal), address))?;
    let EventsRequest {
        workflow_id,
        mut subscribe,
        form,
    } = request;
    // A JSON answer tells of what has a place in the feed.
    subscribe.progress &= matches!(form, Form::Stream);
    let expiry = Expiry::of(&principal);
    let reader = verb::subscribe(&app, &principal, &workflow_id, &subscribe).await?;
    let mut response = match form {
        Form::Stream => stream::respond(app, reader, expiry, permit).await,
        Form::Answer { wait } => answer::respond(&app, reader, wait, expiry)
            .await?
            .into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
