//! Extractors for paths and queries: `{id}` and `{name}` in the path, `?run_id=` and other parameters.

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use fast_temporal_protocol::{ErrorBody, ErrorCode, path, v1::Target};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{ApiError, App, error::invalid_field};

/// The workflow of the path and the run of the query.
pub(crate) struct WorkflowTarget {
    pub(super) target: Target,
    /// The name of a signal, query or update from the path; empty if the path has none.
    pub(super) name: String,
}

#[derive(Deserialize)]
struct Segments {
    id: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct Run {
    run_id: Option<String>,
}

/// The query parameters.
pub(crate) struct QueryParameters<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for QueryParameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let Query(parameters) = Query::try_from_uri(&parts.uri)
            .map_err(|rejection| invalid_field(rejection.body_text()))?;
        Ok(Self(parameters))
    }
}

/// Decodes the path of a request: the workflow id, and the name of a message if there is one.
pub(crate) async fn decode_path(
    parts: &mut Parts,
    app: &App,
) -> Result<(String, String), ErrorBody> {
    let invalid_id = |message| ErrorBody::new(ErrorCode::InvalidWorkflowId, message);
    let Path(segments) = Path::<Segments>::from_request_parts(parts, app)
        .await
        .map_err(|rejection| invalid_id(rejection.body_text()))?;
    let workflow_id = path::decode_workflow_id(&segments.id);
    let workflow_id = workflow_id.map_err(|error| invalid_id(error.to_string()))?;
    Ok((workflow_id, segments.name))
}

impl FromRequestParts<App> for WorkflowTarget {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let (workflow_id, name) = decode_path(parts, app).await?;
        let QueryParameters(run) = QueryParameters::<Run>::from_request_parts(parts, app).await?;
        Ok(Self {
            target: Target {
                workflow_id,
                // As over WebSocket, an empty one counts as absent.
                run_id: run.run_id.filter(|run_id| !run_id.is_empty()),
            },
            name,
        })
    }
}
