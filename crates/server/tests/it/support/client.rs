//! A client of the HTTP surface, which checks every response against the OpenAPI document.

use std::ops::Index;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Method, Request, Response},
};
use fast_temporal_protocol::path::encode_workflow_id;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::{Document, EventStream, Gateway, SeedClient, V1Client, WebSocket};

/// A client of a gateway, with headers that it adds to all its requests.
#[derive(Clone)]
pub struct Client<'a> {
    gateway: &'a Gateway,
    headers: HeaderMap,
    ticket: Option<String>,
}

impl<'a> Client<'a> {
    pub fn new(gateway: &'a Gateway) -> Self {
        Self {
            gateway,
            headers: HeaderMap::new(),
            ticket: None,
        }
    }

    /// Adds a header.
    pub fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        client.headers.append(name, value);
        client
    }

    /// Adds a ticket to URLs.
    pub fn with_ticket(mut self, ticket: &str) -> Self {
        self.ticket = Some(ticket.to_owned());
        self
    }

    pub async fn get(&self, uri: &str) -> Reply {
        self.request(Method::GET, uri, Body::empty()).await
    }

    /// Sends a GET request. Returns the JSON of the response, which must be 200.
    pub async fn get_ok(&self, uri: &str) -> Value {
        let reply = self.get(uri).await;
        assert_eq!(reply.status, 200, "{uri}: {reply:?}");
        reply.body
    }

    /// Sends JSON.
    pub async fn post(&self, uri: &str, body: Value) -> Reply {
        let client = self.with("content-type", "application/json");
        let body = Body::from(body.to_string());
        client.request(Method::POST, uri, body).await
    }

    /// Starts a workflow, which must succeed. Returns the workflow's id.
    pub async fn start(&self, request: Value) -> String {
        let reply = self.post("/v1/workflows", request).await;
        assert_eq!(reply.status, 201, "{reply:?}");
        reply.text("workflow_id")
    }

    /// Starts the catalog's `plain`. Returns the workflow's id.
    pub async fn start_plain(&self) -> String {
        self.start(json!({"workflow": "plain"})).await
    }

    /// Sends a request, and reads the whole response.
    pub async fn request(&self, method: Method, uri: &str, body: Body) -> Reply {
        let response = self.send(method.clone(), uri, body).await;
        let reply = Reply::read(response).await;
        Document::get().check(method.as_str(), uri, &reply);
        reply
    }

    /// Sends a GET request, and returns the response before its body.
    pub async fn open(&self, uri: &str) -> Response<Body> {
        self.send(Method::GET, uri, Body::empty()).await
    }

    async fn send(&self, method: Method, uri: &str, body: Body) -> Response<Body> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.url(uri).parse().unwrap();
        *request.headers_mut() = self.headers.clone();
        self.gateway.send(request).await
    }

    /// Opens an event stream, which must succeed.
    pub async fn event_stream(&self, uri: &str) -> EventStream {
        EventStream::of(self.open(uri).await).await
    }

    /// Opens a WebSocket. Returns the response of a gateway that rejects it.
    pub async fn websocket(&self, path: &str) -> Result<WebSocket, Reply> {
        let url = format!("ws://{}{}", self.gateway.address, self.url(path));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().extend(self.headers.clone());
        WebSocket::open(request).await
    }

    /// Connects to `/v1/ws`.
    pub async fn v1(&self) -> Result<V1Client, Reply> {
        Ok(V1Client::new(self.websocket("/v1/ws").await?))
    }

    /// Connects to `/ws/{user}`.
    pub async fn seed(&self, user: &str) -> Result<SeedClient, Reply> {
        Ok(SeedClient(self.websocket(&format!("/ws/{user}")).await?))
    }

    fn url(&self, uri: &str) -> String {
        match &self.ticket {
            Some(ticket) if uri.contains('?') => format!("{uri}&ticket={ticket}"),
            Some(ticket) => format!("{uri}?ticket={ticket}"),
            None => uri.to_owned(),
        }
    }
}

/// A whole response. Its fields are those of the JSON body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The body; `null` if it is not JSON.
    pub body: Value,
}

impl Reply {
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Self::new(parts.status.as_u16(), parts.headers, bytes.to_vec())
    }

    pub fn new(status: u16, headers: HeaderMap, bytes: Vec<u8>) -> Self {
        Self {
            status,
            headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
        }
    }

    /// Returns a string in the body.
    pub fn text(&self, field: &str) -> String {
        let text = self.body[field].as_str();
        text.unwrap_or_else(|| panic!("no {field} in {self:?}"))
            .to_owned()
    }

    /// Returns the body, which must be UTF-8.
    pub fn string(&self) -> &str {
        str::from_utf8(&self.bytes).unwrap()
    }

    /// Returns a header, if any.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Returns the status and the error's code.
    pub fn error(&self) -> (u16, &str) {
        let code = self.body["error"]["code"].as_str();
        (self.status, code.unwrap_or("no error"))
    }

    /// Returns the error's message.
    pub fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap()
    }
}

impl Index<&str> for Reply {
    type Output = Value;

    fn index(&self, field: &str) -> &Value {
        &self.body[field]
    }
}

/// Returns the path of a workflow, with a path below it.
pub fn path_of(workflow_id: &str, rest: &str) -> String {
    format!("/v1/workflows/{}{rest}", encode_workflow_id(workflow_id))
}
