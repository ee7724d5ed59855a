//! The endpoints that the gateway is compared with: axum, open connections and broadcast of shared bytes,
//! and nothing else. WebSockets read into 1 KiB instead of axum's 128 KiB, as any server with many of
//! them would.

use std::{convert::Infallible, net::SocketAddr};

use anyhow::Result;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{
        State, WebSocketUpgrade,
        ws::{Message, Utf8Bytes, WebSocket},
    },
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use clap::Args;
use futures_util::stream;
use tokio::{
    net::TcpListener,
    sync::broadcast::{self, error::RecvError},
};

use crate::worker::stdin_closed;

/// How many frames a slow connection can lag.
const BROADCAST_FRAMES: usize = 4096;
/// Size of a WebSocket's reads.
const READ_BUFFER_BYTES: usize = 1024;

/// Arguments of the endpoint.
#[derive(Args)]
pub struct BareArgs {
    /// The address to listen at.
    #[arg(long)]
    listen: SocketAddr,
}

type Frames = broadcast::Sender<Utf8Bytes>;

/// Serves until standard input closes.
pub async fn run(args: BareArgs) -> Result<()> {
    let listener = TcpListener::bind(args.listen).await?;
    let router = Router::new()
        .route("/ws/{user}", any(idle))
        .route("/fanout/{user}", any(fanout))
        .route("/events", get(events))
        .route("/publish", post(publish))
        .with_state(Frames::new(BROADCAST_FRAMES));
    let serving = async { axum::serve(listener, router).await };
    tokio::select! {
        biased;
        () = stdin_closed() => Ok(()),
        ended = serving => Ok(ended?),
    }
}

/// A connection that receives nothing.
async fn idle(upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .on_upgrade(
            async |mut socket: WebSocket| {
                while let Some(Ok(_)) = socket.recv().await {}
            },
        )
}

/// A connection that receives everything that is published.
async fn fanout(upgrade: WebSocketUpgrade, State(frames): State<Frames>) -> Response {
    let frames = frames.subscribe();
    upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .on_upgrade(|socket| send_all(socket, frames))
}

async fn send_all(mut socket: WebSocket, mut frames: broadcast::Receiver<Utf8Bytes>) {
    loop {
        tokio::select! {
            biased;
            frame = frames.recv() => {
                let Ok(frame) = frame else { return };
                if socket.send(Message::Text(frame)).await.is_err() {
                    return;
                }
            }
            received = socket.recv() => {
                if !matches!(received, Some(Ok(_))) {
                    return;
                }
            }
        }
    }
}

/// The same over server-sent events; the published bytes are the whole event.
async fn events(State(frames): State<Frames>) -> Response {
    let body = stream::unfold(frames.subscribe(), async |mut frames| {
        match frames.recv().await {
            Ok(frame) => Some((Ok::<_, Infallible>(Bytes::from(frame)), frames)),
            Err(RecvError::Lagged(_) | RecvError::Closed) => None,
        }
    });
    (
        [("content-type", "text/event-stream")],
        Body::from_stream(body),
    )
        .into_response()
}

async fn publish(State(frames): State<Frames>, frame: String) {
    // Fails if there are no subscribers, which is not an error.
    let _ = frames.send(frame.into());
}
