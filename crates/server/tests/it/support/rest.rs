//! A client of the REST surface, which checks every answer against the document.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, Method, Request},
};
use fast_temporal_core::{Catalog, InputSchema, Permissions, catalog::CatalogEntry};
use fast_temporal_protocol::path::encode_workflow_id;
use fast_temporal_server::{ApiKey, AppConfig, AuthConfig, CredentialsConfig};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::{Document, Gateway, config};

/// A gateway whose users have an API key each.
pub struct Users {
    pub gateway: Gateway,
    config: AppConfig,
    tokens: BTreeMap<&'static str, String>,
}

/// One user of it.
pub struct Api<'a> {
    gateway: &'a Gateway,
    token: Option<&'a str>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

/// `order` has a start signal and schemas, `plain` has neither.
fn catalog() -> Catalog {
    let amount = json!({
        "type": "object",
        "required": ["amount"],
        "properties": {"amount": {"type": "integer", "minimum": 1}},
    });
    let amount = InputSchema::of_only_argument(&amount).unwrap();
    let order = CatalogEntry {
        workflow_type: "OrderWorkflow".to_owned(),
        task_queue: "orders".to_owned(),
        start_signal: Some("place".to_owned()),
        input: Some(amount.clone()),
        signals: BTreeMap::from([("change".to_owned(), amount.clone())]),
        updates: BTreeMap::from([("change".to_owned(), amount)]),
    };
    let plain = CatalogEntry {
        workflow_type: "FakeWorkflow".to_owned(),
        task_queue: "fakes".to_owned(),
        ..CatalogEntry::default()
    };
    let strict = CatalogEntry {
        workflow_type: "Strict".to_owned(),
        task_queue: "fakes".to_owned(),
        input: Some(InputSchema::of_only_argument(&json!({"type": "object"})).unwrap()),
        ..CatalogEntry::default()
    };
    Catalog::new(BTreeMap::from([
        ("strict".to_owned(), strict),
        ("order".to_owned(), order),
        ("plain".to_owned(), plain),
    ]))
}

/// A configuration with a catalog, for everybody.
pub fn open() -> AppConfig {
    AppConfig {
        catalog: Arc::new(catalog()),
        ..config()
    }
}

impl Users {
    /// A gateway with `anna` and `ben`, who may do what users may, and `backend`, which may do
    /// everything and has no subject.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same, with others besides.
    pub async fn with(others: &[(&'static str, Option<&str>, Permissions)]) -> Self {
        let usual = [
            ("anna", Some("anna"), Permissions::own()),
            ("ben", Some("ben"), Permissions::own()),
            ("backend", None, Permissions::all()),
        ];
        let mut keys = CredentialsConfig::default();
        let mut tokens = BTreeMap::new();
        for (name, subject, permissions) in usual.into_iter().chain(others.iter().cloned()) {
            let new = ApiKey::generate(name).unwrap();
            let key = ApiKey::new(name, &new.secret_sha256, permissions).unwrap();
            keys.api_keys.push(match subject {
                Some(subject) => key.with_subject(subject).unwrap(),
                None => key,
            });
            tokens.insert(name, new.text);
        }
        let config = AppConfig {
            auth: AuthConfig::Checked(Box::new(keys)),
            ..open()
        };
        Self {
            gateway: Gateway::start_with(config.clone()).await,
            config,
            tokens,
        }
    }

    /// One more node before the same Temporal.
    pub async fn another_node(&self) -> Self {
        let engine = self.gateway.engine.clone();
        Self {
            gateway: Gateway::start_on(engine, self.config.clone()).await,
            config: self.config.clone(),
            tokens: self.tokens.clone(),
        }
    }

    pub fn of(&self, name: &str) -> Api<'_> {
        Api {
            gateway: &self.gateway,
            token: Some(&self.tokens[name]),
        }
    }

    pub fn nobody(&self) -> Api<'_> {
        Api::open(&self.gateway)
    }
}

impl<'a> Api<'a> {
    /// A client without credentials.
    pub fn open(gateway: &'a Gateway) -> Self {
        Self {
            gateway,
            token: None,
        }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.post_with(path, &[], body).await
    }

    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let mut headers = headers.to_vec();
        headers.push(("content-type", "application/json"));
        let body = Body::from(body.to_string());
        self.send(Method::POST, path, &headers, body).await
    }

    /// A start that succeeds: the workflow's id.
    pub async fn start(&self, request: Value) -> String {
        let reply = self.post("/v1/workflows", request).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("workflow_id")
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Body,
    ) -> Reply {
        let mut request = Request::builder().method(method.clone()).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = self.gateway.request(request.body(body).unwrap()).await;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let reply = Reply {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        };
        Document::get().check(method.as_str(), path, &reply);
        reply
    }
}

impl Reply {
    /// A text of the answer.
    pub fn text(&self, field: &str) -> String {
        let text = self.body[field].as_str();
        text.unwrap_or_else(|| panic!("no {field} in {self:?}"))
            .to_owned()
    }

    /// The status and the error's code.
    pub fn error(&self) -> (u16, &str) {
        let code = self.body["error"]["code"].as_str();
        (self.status, code.unwrap_or("no error"))
    }

    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap()
    }
}

/// The path of a workflow.
pub fn at(workflow_id: &str, rest: &str) -> String {
    format!("/v1/workflows/{}{rest}", encode_workflow_id(workflow_id))
}
