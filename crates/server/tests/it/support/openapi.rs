//! The OpenAPI document, against which the tests check every response.

use std::{collections::HashMap, sync::LazyLock};

use fast_temporal_server::openapi;
use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Reply;

/// The OpenAPI document.
pub struct Document(pub Value);

/// The validators of the schemas that were needed, by schema.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Validator>>> = LazyLock::new(Mutex::default);

impl Document {
    /// Returns the document, generated once for all tests of this process.
    pub fn get() -> &'static Self {
        static DOCUMENT: LazyLock<Document> =
            LazyLock::new(|| Document(serde_json::from_str(&openapi()).unwrap()));
        &DOCUMENT
    }

    /// Checks a response against the document. Undocumented paths are ignored.
    pub fn check(&self, method: &str, uri: &str, reply: &Reply) {
        let path = uri.split('?').next().unwrap();
        let operation = &self.item(path)[method.to_lowercase()];
        if operation.is_null() {
            return;
        }
        let response = &operation["responses"][reply.status.to_string()];
        assert!(!response.is_null(), "{method} {uri} has no {reply:?}");
        let Some(content_type) = reply.header("content-type") else {
            assert!(response["content"].is_null(), "{method} {uri}: {reply:?}");
            return;
        };
        let content = &response["content"][content_type];
        assert!(!content.is_null(), "{method} {uri}: {content_type}");
        if content_type == "application/json" {
            let schema = &content["schema"];
            let mut validators = VALIDATORS.lock();
            let errors: Vec<_> = validators
                .entry(schema.to_string())
                .or_insert_with(|| self.validator(schema))
                .iter_errors(&reply.body)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{method} {uri}: {errors:?}");
        }
    }

    /// Returns the item of a path; `null` if it is not documented.
    fn item(&self, path: &str) -> &Value {
        let matches = |template: &str| {
            template.split('/').count() == path.split('/').count()
                && template
                    .split('/')
                    .zip(path.split('/'))
                    .all(|(part, actual)| part == actual || part.starts_with('{'))
        };
        let mut items = self.0["paths"].as_object().unwrap().iter();
        items
            .find(|(template, _)| matches(template))
            .map_or(&Value::Null, |(_, item)| item)
    }

    /// Returns a validator for a schema of the document, which can refer to others.
    pub fn validator(&self, schema: &Value) -> Validator {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": self.0["components"],
        });
        jsonschema::options()
            .should_validate_formats(true)
            .build(&whole)
            .unwrap()
    }

    /// Returns every operation with its path and method.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.0["paths"].as_object().unwrap().iter();
        paths.flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (&**path, &**method, operation))
        })
    }
}
