//! The OpenAPI document, assembled from the endpoints that handlers describe and the JSON Schemas of
//! the protocol's types, and its viewer.

pub(crate) mod endpoint;
pub(crate) mod error_response;
pub(crate) mod parameter;
pub(crate) mod viewer;

use serde_json::{Map, Value, json};

use self::endpoint::Endpoint;

const DESCRIPTION: &str = "Start, steer and watch Temporal workflows over HTTP. The same operations, \
    with events as they happen, are available over WebSocket at `/v1/ws`. Every error is \
    `{\"error\": {\"code\", \"message\", \"retryable\"}}`; the meaning of a code never changes.";

/// Assembles the document of a gateway, with or without authentication.
pub(crate) fn document(endpoints: impl Iterator<Item = Endpoint>, is_open: bool) -> Value {
    let mut paths = Map::new();
    let mut requests = Map::new();
    let mut responses = Map::new();
    for endpoint in endpoints {
        endpoint.add_to(&mut paths, &mut requests, &mut responses);
    }
    let mut schemas = requests;
    schemas.append(&mut responses);
    let mut security = vec![json!({"bearer": []}), json!({"ticket": []})];
    if is_open {
        security.insert(0, json!({}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Fast Temporal",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "security": security,
        "tags": [
            {"name": "workflows", "description": "Start, list, describe and close workflows."},
            {"name": "messages", "description": "Signals, queries and updates of a running workflow."},
            {"name": "events", "description": "The events of a workflow, in order and as they happen."},
            {"name": "credentials", "description": "Tickets for browsers."},
            {"name": "health", "description": "For load balancers and supervisors."},
        ],
        "paths": paths,
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
                    "description": "A ticket, for clients that cannot set headers.",
                },
            },
            "schemas": schemas,
        },
    })
}
