//! A server of an issuer's public keys.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode},
    routing::get,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// A response of the server.
#[derive(Clone, Debug)]
pub enum KeyResponse {
    Keys(Value),
    Text(StatusCode, String),
    /// None, forever.
    Hang,
}

pub struct KeyServer {
    pub address: SocketAddr,
    response: Arc<Mutex<KeyResponse>>,
    requests: Arc<AtomicUsize>,
    /// While it is `true`, responses wait.
    paused: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

impl KeyServer {
    pub async fn start(keys: &[Value]) -> Self {
        let response = Arc::new(Mutex::new(KeyResponse::Keys(json!({"keys": keys}))));
        let requests = Arc::new(AtomicUsize::new(0));
        let (paused, is_paused) = watch::channel(false);
        let state = (Arc::clone(&response), Arc::clone(&requests));
        let respond = move || {
            let (response, requests) = state.clone();
            let mut is_paused = is_paused.clone();
            async move {
                requests.fetch_add(1, Ordering::SeqCst);
                is_paused.wait_for(|paused| !paused).await.unwrap();
                let response = response.lock().clone();
                match response {
                    KeyResponse::Keys(keys) => Response::new(Body::from(keys.to_string())),
                    KeyResponse::Text(status, text) => {
                        let mut response = Response::new(Body::from(text));
                        *response.status_mut() = status;
                        response
                    }
                    KeyResponse::Hang => std::future::pending().await,
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let router = Router::new().route("/keys", get(respond));
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            response,
            requests,
            paused,
            _serving: serving,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    pub fn set_keys(&self, keys: &[Value]) {
        self.respond_with(KeyResponse::Keys(json!({"keys": keys})));
    }

    pub fn respond_with(&self, response: KeyResponse) {
        *self.response.lock() = response;
    }

    /// Delays responses until [`Self::resume`].
    pub fn pause(&self) {
        self.paused.send_replace(true);
    }

    pub fn resume(&self) {
        self.paused.send_replace(false);
    }

    /// Returns the number of requests so far.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}
