//! The OpenAPI document and the page that shows it.

mod success;

use axum::{body::Body, http::Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

pub use crate::support::Document;

use crate::support::{Gateway, Users, json};

/// Every value of that key, wherever it stands.
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
fn every_reference_of_the_document_leads_somewhere() {
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
fn every_schema_of_the_document_is_one() {
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
fn every_example_of_the_document_fits_its_schema() {
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
fn every_operation_says_what_it_is_and_what_it_takes() {
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
/// Whatever path of this shape there is, the document knows it.
#[tokio::test]
async fn no_path_is_served_that_the_document_does_not_know() {
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
async fn a_gateway_without_credentials_says_that_it_asks_for_none() {
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

// Covers HTTP-17.
#[tokio::test]
async fn the_page_shows_every_operation_and_loads_nothing() {
    let users = Users::start().await;
    let response = users.gateway.get("/docs").await;
    assert_eq!(
        response.headers()["content-type"],
        "text/html; charset=utf-8"
    );
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let page = String::from_utf8(bytes.to_vec()).unwrap();
    for (path, _, operation) in Document::get().operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
        assert!(page.contains(path), "{path}");
    }
    for link in page.split("href=\"").skip(1) {
        let target = link.split('"').next().unwrap();
        match target.strip_prefix('#') {
            Some(id) => assert!(page.contains(&format!("id=\"{id}\"")), "{target}"),
            None => assert_eq!(target, "openapi.json"),
        }
    }
    // Between two kinds of value.
    assert!(page.contains(" or ") && !page.contains(" or <td>") && !page.contains(" or </"));
    for foreign in ["<script", "src=", "@import", "url(", "http://", "https://"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}
