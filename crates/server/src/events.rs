//! `GET /v1/workflows/{id}/events`: a workflow's feed over SSE, or by JSON long-polls.

mod answer;
mod request;
mod stream;

use axum::{
    extract::State,
    http::HeaderValue,
    http::header,
    response::{IntoResponse, Response},
};

use self::request::{EventsRequest, Form};
use crate::{ApiError, App};

pub(crate) async fn events(
    State(app): State<App>,
    request: EventsRequest,
) -> Result<Response, ApiError> {
    let workflow_id = &request.workflow_id;
    let subscription = app
        .registry
        .subscribe(workflow_id, request.after.as_ref())
        .await?;
    let mut response = match request.form {
        Form::Stream => stream::respond(app, subscription).await,
        Form::Answer { wait } => answer::respond(&app, subscription, wait)
            .await?
            .into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}
