//! A socket whose client does not read.

use std::{future::poll_fn, net::Ipv4Addr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};

use super::*;
use crate::{
    config::{ConnectionLimits, RequestLimits},
    limit::{Limits, client_address::ClientAddress, client_key::ClientKey},
};

/// What the socket and the kernel buffer at both ends. Without a limit, it would be four times as
/// much.
const MAX_HELD_BYTES: usize = 1024 * 1024;

async fn socket() -> (Socket, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let far = TcpStream::connect(address).await.expect("it listens");
    let (near, _) = listener.accept().await.expect("a connection");
    let permit = Arc::new(Semaphore::new(1)).try_acquire_owned();
    let socket_permit = permit.expect("a permit");
    let (connections, requests) = (ConnectionLimits::default(), RequestLimits::default());
    let minute = Duration::from_mins(1);
    let connection = ClientStream::new(near, minute, connections.max_unsent_bytes, socket_permit);
    let limits = Limits::new(&connections, &requests);
    let client = ClientKey::new(None, ClientAddress(Ipv4Addr::LOCALHOST.into()));
    let permit = limits.admit(&client).expect("room");
    let socket = Socket::new(connection, Bytes::new(), requests.max_message_bytes, permit).await;
    (socket, far)
}

// Real time: what is buffered depends on the kernel.
// Covers LIM-10.
#[tokio::test]
async fn buffered_bytes_for_a_stalled_client_are_bounded() {
    for frame_bytes in [100, 10_000, 300_000] {
        let (mut socket, _far) = socket().await;
        let frame = Utf8Bytes::from("x".repeat(frame_bytes));
        let mut held_bytes = 0;
        loop {
            if socket.has_room() {
                socket.send(frame.clone());
                held_bytes += frame_bytes;
                continue;
            }
            let room = poll_fn(|cx| socket.poll(cx, true));
            if timeout(Duration::from_millis(200), room).await.is_err() {
                break;
            }
        }
        assert!(held_bytes >= 100_000, "{held_bytes} of {frame_bytes}");
        assert!(
            held_bytes <= MAX_HELD_BYTES + 2 * frame_bytes,
            "{held_bytes} of {frame_bytes}"
        );
    }
}
