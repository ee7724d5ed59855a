//! The OpenAPI document and its viewer.

use axum::{
    body::Body,
    http::{Request, Response},
};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{Document, Gateway, Users, json};

/// Collects every value of a key.
fn find<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(key));
            fields.values().for_each(|value| find(value, key, found));
        }
        Value::Array(items) => items.iter().for_each(|value| find(value, key, found)),
        _ => {}
    }
}

// Covers HTTP-17.
#[tokio::test]
async fn served_document_is_the_generated_one() {
    let users = Users::start().await;
    let response = users.gateway.get("/openapi.json").await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let (_, served) = json(response).await;
    assert_eq!(served, Document::get().0);
}

// Covers HTTP-17.
#[test]
fn every_reference_resolves() {
    let Document(document) = Document::get();
    let mut references = Vec::new();
    find(document, "$ref", &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

// Covers HTTP-17.
#[test]
fn every_schema_is_valid() {
    let document = Document::get();
    let mut schemas = Vec::new();
    find(&document.0["paths"], "schema", &mut schemas);
    schemas.extend(
        document.0["components"]["schemas"]
            .as_object()
            .unwrap()
            .values(),
    );
    for schema in schemas {
        assert!(jsonschema::meta::is_valid(schema), "{schema}");
        document.validator(schema);
    }
}

// Covers HTTP-17.
#[test]
fn every_example_matches_its_schema() {
    let document = Document::get();
    let mut contents = Vec::new();
    find(&document.0["paths"], "application/json", &mut contents);
    let mut count = 0;
    for content in contents {
        if let Some(example) = content.get("example") {
            let validator = document.validator(&content["schema"]);
            if let Err(error) = validator.validate(example) {
                panic!("{example}: {error}");
            }
            count += 1;
        }
    }
    assert!(count > 15, "{count}");
}

// Covers HTTP-17.
#[test]
fn every_operation_is_described_with_its_parameters() {
    let document = Document::get();
    let mut ids = Vec::new();
    for (path, method, operation) in document.operations() {
        let place = format!("{method} {path}");
        for field in ["operationId", "summary"] {
            assert!(operation[field].is_string(), "{place} has no {field}");
        }
        ids.push(operation["operationId"].as_str().unwrap());
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{place}");
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            let parameters = operation["parameters"].as_array().unwrap();
            let named = |parameter: &&Value| parameter["name"] == *name;
            let parameter = parameters.iter().find(named).expect(name);
            assert_eq!(parameter["in"], "path", "{place}");
            assert_eq!(parameter["required"], true, "{place}");
        }
        let is_probe = operation["tags"][0] == "health";
        let statuses = operation["responses"].as_object().unwrap();
        let guarded = statuses.contains_key("401") && statuses.contains_key("403");
        assert_eq!(guarded, !is_probe, "{place}");
    }
    ids.sort_unstable();
    let all = [
        "cancel",
        "describe",
        "events",
        "list",
        "live",
        "query",
        "ready",
        "result",
        "signal",
        "start",
        "terminate",
        "ticket",
        "update",
    ];
    assert_eq!(ids, all);
}

#[tokio::test]
async fn asyncapi_document_is_served() {
    let gateway = Gateway::start().await;
    let (status, document) = json(gateway.get("/asyncapi.json").await).await;
    assert_eq!(status, 200);
    assert_eq!(document, fast_temporal_protocol::v1::asyncapi());
}

// Covers HTTP-16.
#[tokio::test]
async fn served_methods_are_the_documented_ones() {
    let gateway = Gateway::start().await;
    let document = Document::get();
    for (path, method, _) in document.operations() {
        let uri = path.replace("{id}", "none").replace("{name}", "none");
        let wrong = Request::delete(uri).body(Body::empty()).unwrap();
        let response = gateway.request(wrong).await;
        assert_eq!(response.status(), 405, "{method} {path}");
        let allow = response.headers()["allow"].to_str().unwrap().to_lowercase();
        let mut allowed: Vec<_> = allow.split(',').filter(|name| *name != "head").collect();
        allowed.sort_unstable();
        let item = document.0["paths"][path].as_object().unwrap();
        let mut known: Vec<_> = item.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(allowed, known, "{path}");
        let (_, body) = json(response).await;
        assert_eq!(body["error"]["code"], "invalid_request");
    }
}

// Covers HTTP-17.
#[tokio::test]
async fn document_of_an_open_gateway_makes_credentials_optional() {
    let gateway = Gateway::start().await;
    let (_, document) = json(gateway.get("/openapi.json").await).await;
    assert_eq!(document["security"][0], json!({}));
    let users = Users::start().await;
    let (_, document) = json(users.gateway.get("/openapi.json").await).await;
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    for requirement in document["security"].as_array().unwrap() {
        let [name] = &requirement.as_object().unwrap().keys().collect::<Vec<_>>()[..] else {
            panic!("{requirement}");
        };
        assert!(schemes.contains_key(*name));
    }
}

/// The page at `/docs` refers to nothing but what the gateway serves, and its policy permits nothing
/// else.
// Covers HTTP-23.
#[tokio::test]
async fn viewer_loads_only_embedded_assets() {
    let users = Users::start().await;
    let response = users.gateway.get("/docs").await;
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    let policy = response.headers()["content-security-policy"].to_str();
    let policy = policy.unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    for source in policy.split(['\'', ' ', ';']) {
        assert!(!source.contains('.') && !source.contains("//"), "{policy}");
    }
    assert!(!policy.contains("unsafe-eval"), "{policy}");

    let page = text(response).await;
    assert!(!page.contains("//"), "{page}");
    let references = page.split('"').collect::<Vec<_>>();
    let references = references.windows(2).filter_map(|pair| {
        let is_reference = pair[0].ends_with("src=") || pair[0].ends_with("href=");
        is_reference.then_some(pair[1])
    });
    let assets: Vec<_> = references.filter(|it| *it != "data:,").collect();
    assert_eq!(assets.len(), 3, "{page}");
    for (asset, (content_type, encoding)) in assets.into_iter().zip([
        ("text/css; charset=utf-8", Some("gzip")),
        ("text/javascript; charset=utf-8", Some("gzip")),
        ("text/javascript; charset=utf-8", None),
    ]) {
        let response = users.gateway.get(&format!("/{asset}")).await;
        assert_eq!(response.status(), 200, "{asset}");
        assert_eq!(response.headers()["content-type"], content_type, "{asset}");
        let header = response.headers().get("content-encoding");
        assert_eq!(header.map(|it| it.to_str().unwrap()), encoding, "{asset}");
        if asset.ends_with("initializer.js") {
            let script = text(response).await;
            assert!(script.contains("url: \"openapi.json\""), "{script}");
            assert!(script.contains("validatorUrl: null"), "{script}");
            assert!(!script.contains("://"), "{script}");
        }
    }
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}
