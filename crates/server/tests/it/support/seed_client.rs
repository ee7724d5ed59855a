//! A client of the `seed` dialect.

use std::{
    ops::{Deref, DerefMut},
    panic::Location,
};

use serde_json::{Value, json};

use super::WebSocket;

/// A connection to `/ws/{user}`.
#[derive(Debug)]
pub struct SeedClient(pub WebSocket);

impl Deref for SeedClient {
    type Target = WebSocket;

    fn deref(&self) -> &WebSocket {
        &self.0
    }
}

impl DerefMut for SeedClient {
    fn deref_mut(&mut self) -> &mut WebSocket {
        &mut self.0
    }
}

impl SeedClient {
    /// Starts a workflow, as the client in the Python package's readme does.
    pub async fn start(&mut self, args: Value) {
        let message = json!({"args": args, "origin": "streamlit_ui"});
        self.send(message.to_string()).await;
    }

    /// Receives frames, and compares their messages and statuses.
    #[track_caller]
    pub fn expect<const N: usize>(
        &mut self,
        expected: [(&str, &str); N],
    ) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            for (message, status) in expected {
                let received = self.transition().await;
                let received = (&*received.0, &*received.1);
                assert_eq!(received, (message, status), "at {caller}");
            }
        }
    }

    /// Returns the message and the status of the next frame.
    pub async fn transition(&mut self) -> (String, String) {
        let frame = self.frame().await;
        assert_eq!(frame["origin"], "temporal");
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (text(&frame["message"]), text(&frame["status"]))
    }

    /// Returns the code of the next frame, which must be an error.
    pub async fn error(&mut self) -> String {
        let frame = self.frame().await;
        assert_eq!(frame["status"], "Error", "{frame}");
        assert!(frame["message"].is_string());
        frame["code"].as_str().unwrap().to_owned()
    }

    /// Sends an invalid message, and expects that it is answered next.
    pub async fn expect_served(&mut self) {
        self.send("{").await;
        assert_eq!(self.error().await, "invalid_json");
    }
}
