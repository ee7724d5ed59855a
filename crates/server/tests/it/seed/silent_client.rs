//! Clients that send nothing, or stop reading.

use std::time::Duration;

use fast_temporal_protocol::Json;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Gateway, Raw, config};

// Covers SEED-26.
#[tokio::test(start_paused = true)]
async fn idle_seed_connection_is_pinged_and_stays_open() {
    let gateway = Gateway::start().await;
    let mut client = gateway.connect("ada").await;
    let began = Instant::now();
    for _ in 0..10 {
        let message = timeout(Duration::from_secs(23), client.0.next())
            .await
            .unwrap();
        assert!(matches!(message, Some(Ok(Message::Ping(_)))), "{message:?}");
    }
    assert!(
        began.elapsed() > Duration::from_secs(170),
        "{:?}",
        began.elapsed()
    );
}

// Covers SEED-34.
#[tokio::test(start_paused = true)]
async fn seed_client_without_pongs_is_closed_with_4001() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
    let began = Instant::now();
    assert_eq!(raw.closed().await, 4001);
    let silent = began.elapsed();
    assert!((60..62).contains(&silent.as_secs()), "{silent:?}");
}

// Real time: whether a write is stuck depends on the kernel.
// Covers SEED-27.
#[tokio::test]
async fn stalled_seed_client_is_disconnected_and_others_are_served() {
    let mut config = config();
    config.connections.write_timeout = Duration::from_secs(1);
    let gateway = Gateway::start_with(config).await;
    let stalled = Raw::upgrade(gateway.address, "/ws/ada").await;
    let mut client = gateway.connect("ada").await;
    let result = Json::from_value(&"x".repeat(1024 * 1024)).unwrap();
    for number in 1..=20 {
        client.start(json!(number)).await;
        gateway.started(number).await.complete(result.clone());
        assert_eq!(client.frame().await["status"], "Done");
    }
    stalled.expect_reset().await;
}
