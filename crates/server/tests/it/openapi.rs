//! The OpenAPI document and its viewer.

use axum::{body::Body, http::Method};
use serde_json::{Value, json};

use crate::support::{Document, Gateway};

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
    let gateway = Gateway::with_users(&[]).await;
    let reply = gateway.get("/openapi.json").await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.body, Document::get().0);
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
        let label = format!("{method} {path}");
        for field in ["operationId", "summary"] {
            assert!(operation[field].is_string(), "{label} has no {field}");
        }
        ids.push(operation["operationId"].as_str().unwrap());
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{label}");
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            let parameters = operation["parameters"].as_array().unwrap();
            let named = |parameter: &&Value| parameter["name"] == *name;
            let parameter = parameters.iter().find(named).expect(name);
            assert_eq!(parameter["in"], "path", "{label}");
            assert_eq!(parameter["required"], true, "{label}");
        }
        let is_probe = operation["tags"][0] == "health";
        let statuses = operation["responses"].as_object().unwrap();
        let guarded = statuses.contains_key("401") && statuses.contains_key("403");
        assert_eq!(guarded, !is_probe, "{label}");
    }
    ids.sort_unstable();
    let all =
        "cancel describe events list live query ready result signal start terminate ticket update";
    assert_eq!(ids.join(" "), all);
}

#[tokio::test]
async fn asyncapi_document_is_served() {
    let gateway = Gateway::start().await;
    let document = gateway.get_ok("/asyncapi.json").await;
    assert_eq!(document, fast_temporal_protocol::v1::asyncapi());
}

// Covers HTTP-16.
#[tokio::test]
async fn served_methods_are_the_documented_ones() {
    let gateway = Gateway::start().await;
    let document = Document::get();
    for (path, method, _) in document.operations() {
        let uri = path.replace("{id}", "none").replace("{name}", "none");
        let client = gateway.anonymous();
        let reply = client.request(Method::DELETE, &uri, Body::empty()).await;
        assert_eq!(reply.error(), (405, "invalid_request"), "{method} {path}");
        let allow = reply.header("allow").unwrap().to_lowercase();
        let mut allowed: Vec<_> = allow.split(',').filter(|name| *name != "head").collect();
        allowed.sort_unstable();
        let item = document.0["paths"][path].as_object().unwrap();
        let mut known: Vec<_> = item.keys().map(String::as_str).collect();
        known.sort_unstable();
        assert_eq!(allowed, known, "{path}");
    }
}

// Covers HTTP-17.
#[tokio::test]
async fn document_of_an_open_gateway_makes_credentials_optional() {
    let gateway = Gateway::start().await;
    let document = gateway.get_ok("/openapi.json").await;
    assert_eq!(document["security"][0], json!({}));
    let gateway = Gateway::with_users(&[]).await;
    let document = gateway.get_ok("/openapi.json").await;
    let schemes = &document["components"]["securitySchemes"];
    for requirement in document["security"].as_array().unwrap() {
        let names: Vec<_> = requirement.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 1, "{requirement}");
        assert!(schemes[names[0]].is_object(), "{requirement}");
    }
}

/// The page at `/docs` refers only to files that the gateway serves, and its policy permits no
/// other.
// Covers HTTP-23.
#[tokio::test]
async fn viewer_loads_only_embedded_assets() {
    let gateway = Gateway::with_users(&[]).await;
    let reply = gateway.get("/docs").await;
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
    for source in policy.split(['\'', ' ', ';']) {
        assert!(!source.contains('.') && !source.contains("//"), "{policy}");
    }
    assert!(!policy.contains("unsafe-eval"), "{policy}");

    let page = reply.string();
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
        let reply = gateway.get(&format!("/{asset}")).await;
        assert_eq!(reply.status, 200, "{asset}");
        assert_eq!(reply.header("content-type"), Some(content_type), "{asset}");
        assert_eq!(reply.header("content-encoding"), encoding, "{asset}");
        if asset.ends_with("initializer.js") {
            let script = reply.string();
            assert!(script.contains("url: \"openapi.json\""), "{script}");
            assert!(script.contains("validatorUrl: null"), "{script}");
            assert!(!script.contains("://"), "{script}");
        }
    }
}
