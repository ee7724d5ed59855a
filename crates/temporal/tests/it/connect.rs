//! Connecting to Temporal, and what callers get while it is unreachable.

use std::time::Duration;

use fast_temporal_core::{Engine, EngineError, EngineErrorKind};
use fast_temporal_temporal::{TemporalConfig, TemporalEngine};
use fast_temporal_testkit::dev_server::{start, start_with_database};
use tokio::time::{sleep, timeout};

/// A request timeout that no test waits for: an error that arrives within [`AT_ONCE`] did not
/// wait for it.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(2);
const AT_ONCE: Duration = Duration::from_secs(20);

/// Returns the error of a check, which must not wait for [`REQUEST_TIMEOUT`].
async fn check_error(engine: &TemporalEngine) -> EngineError {
    let checked = timeout(AT_ONCE, engine.check()).await;
    checked
        .expect("a check that fails at once")
        .expect_err("an unreachable server")
}

#[tokio::test]
async fn engine_starts_without_temporal_and_connects_once_it_is_up() {
    let mut server = start_with_database().await;
    server.stop().await;
    let config = TemporalConfig {
        request_timeout: REQUEST_TIMEOUT,
        ..server.config()
    };
    let engine = TemporalEngine::new(config.clone()).unwrap();
    let error = check_error(&engine).await;
    assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
    assert!(TemporalEngine::connect(config).await.is_err());

    server.restart().await;
    let connected = async {
        while engine.check().await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    // The pause between two dials is 1 s at most; the rest is for a busy machine.
    timeout(Duration::from_secs(10), connected)
        .await
        .expect("the engine reconnects");

    server.kill().await;
    let error = check_error(&engine).await;
    assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn requests_to_a_host_that_drops_packets_time_out_independently() {
    // A listener that accepts nothing: once its backlog is full, dialling gets no answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let config = TemporalConfig {
        address,
        request_timeout: Duration::from_millis(300),
        ..TemporalConfig::default()
    };
    let engine = TemporalEngine::new(config).unwrap();
    let checks = futures_util::future::join_all((0..50).map(|_| engine.check()));
    // One after the other, the 50 requests would take 15 s.
    let results = timeout(Duration::from_secs(10), checks)
        .await
        .expect("every request has its own timeout");
    assert!(
        results
            .iter()
            .all(|result| { result.as_ref().is_err_and(EngineError::is_transient) })
    );
}

#[tokio::test]
async fn server_without_tls_is_unavailable_to_a_tls_client() {
    let server = start().await;
    let config = TemporalConfig {
        api_key: Some("key".into()),
        request_timeout: REQUEST_TIMEOUT,
        ..server.config()
    };
    let engine = TemporalEngine::new(config).unwrap();
    let error = check_error(&engine).await;
    assert_eq!(error.kind, EngineErrorKind::Unavailable, "{error}");
}

#[tokio::test]
async fn unknown_namespace_is_not_found() {
    let server = start().await;
    let config = TemporalConfig {
        namespace: "no-such".into(),
        ..server.config()
    };
    let engine = TemporalEngine::new(config).unwrap();
    assert_eq!(
        engine.check().await.unwrap_err().kind,
        EngineErrorKind::NotFound
    );
}
