//! The OpenAPI document, made of the handlers' own descriptions and the protocol's schemas.

pub(crate) mod error;
#[expect(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "a page is written once, and reads best as pieces of text"
)]
mod page;
pub(crate) mod parameter;
mod schema;

use std::sync::{LazyLock, OnceLock};

use axum::{
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::IntoResponse,
};
use bytes::Bytes;
use fast_temporal_protocol::v1;
use serde_json::{Map, Value, json};
use utoipa::openapi::{Info, OpenApi, Paths};
use utoipa_axum::router::OpenApiRouter;

use crate::{App, router::documented};

const DESCRIPTION: &str = "Start, steer and watch Temporal workflows over HTTP. The same verbs, \
    with events as they happen, are there over WebSocket at `/v1/ws`. Every error is \
    `{\"error\": {\"code\", \"message\", \"retryable\"}}`; codes never change their meaning.";

/// The document and the page that shows it: made when they are first asked for.
#[derive(Default)]
pub(crate) struct Document(OnceLock<Made>);

struct Made {
    json: Bytes,
    page: Bytes,
}

/// `GET /openapi.json`
pub(crate) async fn json(State(app): State<App>) -> impl IntoResponse {
    let json = app.document.made(&app).json.clone();
    let headers = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    (headers, json)
}

/// `GET /asyncapi.json`: the document of `/v1/ws`.
pub(crate) async fn asyncapi() -> impl IntoResponse {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| v1::asyncapi().to_string().into());
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], DOCUMENT.clone())
}

/// `GET /docs`: the same for people. It needs nothing from elsewhere, and runs no scripts.
pub(crate) async fn page(State(app): State<App>) -> impl IntoResponse {
    let page = app.document.made(&app).page.clone();
    let headers: [(HeaderName, HeaderValue); 2] = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
        ),
    ];
    (headers, page)
}

/// A router that takes notes for the document.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(OpenApi::new(Info::new("", ""), Paths::new()))
}

impl Document {
    fn made(&self, app: &App) -> &Made {
        self.0.get_or_init(|| {
            let document = build(app.auth.open().is_some());
            let json = serde_json::to_vec(&document).expect("JSON");
            Made {
                json: json.into(),
                page: page::render(&document).into(),
            }
        })
    }
}

/// The document of a gateway that asks for no credentials, or does.
fn build(is_open: bool) -> Value {
    let notes = serde_json::to_value(documented().into_openapi()).expect("JSON");
    let mut security = vec![json!({"bearer": []}), json!({"ticket": []})];
    if is_open {
        security.insert(0, json!({}));
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fast Temporal",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "security": security,
        "tags": [
            {"name": "workflows", "description": "Starting workflows, finding them, and their end."},
            {"name": "messages", "description": "Signals, queries and updates to a running workflow."},
            {"name": "events", "description": "What happens to a workflow, in order and as it happens."},
            {"name": "credentials", "description": "Tickets for browsers."},
            {"name": "health", "description": "For load balancers and supervisors."},
        ],
        "paths": notes["paths"],
        "components": {
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A JSON Web Token, an API key or a ticket.",
                },
                "ticket": {
                    "type": "apiKey",
                    "in": "query",
                    "name": "ticket",
                    "description": "A ticket, where a header can't go.",
                },
            },
            "schemas": schema::components(),
        },
    });
    each_operation(&mut document, require_body);
    document
}

/// A start without a body says nothing; all other bodies may be left out.
fn require_body(operation: &mut Map<String, Value>) {
    if operation.get("operationId") == Some(&json!("start")) {
        operation["requestBody"]["required"] = true.into();
    }
}

/// The OpenAPI document of a gateway that requires credentials, as it is kept in `docs/openapi.json`.
pub fn openapi() -> String {
    format!("{:#}\n", build(false))
}

fn each_operation(document: &mut Value, mut change: impl FnMut(&mut Map<String, Value>)) {
    let paths = document["paths"].as_object_mut().into_iter();
    for item in paths.flat_map(Map::values_mut) {
        let operations = item.as_object_mut().into_iter();
        operations
            .flat_map(Map::values_mut)
            .filter_map(Value::as_object_mut)
            .for_each(&mut change);
    }
}
