//! A server of an issuer's public keys, and its possible responses.

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

/// What the server answers.
#[derive(Clone, Debug)]
pub enum Mood {
    /// These keys.
    Keys(Value),
    /// This status, and this text.
    Says(StatusCode, String),
    /// Nothing, ever.
    Hangs,
}

pub struct KeyServer {
    pub address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
    /// While it is `true`, answers wait.
    held: watch::Sender<bool>,
    _serving: JoinSet<()>,
}

impl KeyServer {
    pub async fn start(keys: &[Value]) -> Self {
        let mood = Arc::new(Mutex::new(Mood::Keys(json!({"keys": keys}))));
        let asked = Arc::new(AtomicUsize::new(0));
        let (held, is_held) = watch::channel(false);
        let state = (Arc::clone(&mood), Arc::clone(&asked));
        let answer = move || {
            let (mood, asked) = state.clone();
            let mut is_held = is_held.clone();
            async move {
                asked.fetch_add(1, Ordering::SeqCst);
                is_held.wait_for(|held| !held).await.unwrap();
                let mood = mood.lock().clone();
                match mood {
                    Mood::Keys(keys) => Response::new(Body::from(keys.to_string())),
                    Mood::Says(status, text) => {
                        let mut response = Response::new(Body::from(text));
                        *response.status_mut() = status;
                        response
                    }
                    Mood::Hangs => std::future::pending().await,
                }
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let router = Router::new().route("/keys", get(answer));
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            address,
            mood,
            asked,
            held,
            _serving: serving,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    pub fn has(&self, keys: &[Value]) {
        self.turns(Mood::Keys(json!({"keys": keys})));
    }

    pub fn turns(&self, mood: Mood) {
        *self.mood.lock() = mood;
    }

    /// From now on, answers wait until [`Self::release`].
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    pub fn release(&self) {
        self.held.send_replace(false);
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}
