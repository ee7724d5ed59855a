//! The port of a dev server: whether it is free, and whether the server behind it is ready.

use std::{net::Ipv4Addr, time::Duration};

use fast_temporal_core::Engine;
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

use super::DevServerError;
use crate::{config::TemporalConfig, engine::TemporalEngine};

/// How often a server that starts is looked at.
const READY_PACE: Duration = Duration::from_millis(50);

/// Waits until a server on that port answers and knows its namespace.
pub(super) async fn answers(port: u16, reason: &mut String) {
    while let Err(error) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
        *reason = error.to_string();
        sleep(READY_PACE).await;
    }
    let config = TemporalConfig {
        address: format!("127.0.0.1:{port}"),
        ..TemporalConfig::default()
    };
    loop {
        match TemporalEngine::new(config.clone()) {
            Ok(engine) => match engine.check().await {
                Ok(()) => return,
                Err(error) => *reason = error.to_string(),
            },
            Err(error) => *reason = error.to_string(),
        }
        sleep(READY_PACE).await;
    }
}

/// A port that nobody listens on: this one, or any.
pub(super) async fn free_port(wanted: Option<u16>) -> Result<u16, DevServerError> {
    let free = async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.unwrap_or(0))).await?;
        listener.local_addr().map(|address| address.port())
    };
    free.await.map_err(|source| DevServerError::Start {
        what: match wanted {
            Some(port) => format!("can't listen on port {port}"),
            None => "no free port".into(),
        },
        source,
    })
}
