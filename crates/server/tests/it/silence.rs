//! Clients that say nothing, or take nothing.

use std::time::Duration;

use fast_temporal_protocol::Json;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Gateway, Raw, config};

// Covers SEED-26.
#[tokio::test(start_paused = true)]
async fn clients_are_pinged_and_stay_while_they_answer() {
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

// Covers SEED-26.
#[tokio::test(start_paused = true)]
async fn a_client_that_answers_no_ping_is_parted_from() {
    let gateway = Gateway::start().await;
    let mut raw = Raw::upgrade(gateway.address, "/ws/ada").await;
    let began = Instant::now();
    assert_eq!(raw.closed().await, 4001);
    let silent = began.elapsed();
    assert!((60..62).contains(&silent.as_secs()), "{silent:?}");
}

// Time is real here: whether a write is stuck is for the kernel to say.
// Covers SEED-27.
#[tokio::test]
async fn a_client_that_takes_nothing_is_dropped_and_others_are_served() {
    let mut config = config();
    config.connections.write_timeout = Duration::from_millis(300);
    let gateway = Gateway::start_with(config).await;
    let deaf = Raw::upgrade(gateway.address, "/ws/ada").await;
    let mut client = gateway.connect("ada").await;
    let result = Json::from_value(&"x".repeat(1024 * 1024)).unwrap();
    for number in 1..=20 {
        client.start(json!(number)).await;
        gateway.started(number).await.complete(result.clone());
        assert_eq!(client.frame().await["status"], "Done");
    }
    deaf.expect_reset().await;
}
