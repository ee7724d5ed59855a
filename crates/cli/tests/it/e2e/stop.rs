//! Stop, reload and health of the gateway.

use fast_temporal_testkit::dev_server;
use serde_json::json;

use crate::support::{Frame, Gate, Gateway, Python, SeedClient, Workflow, get, soon};

const STEPS: Workflow = Workflow::named("StepsWorkflow");
/// The close code for reconnecting, possibly to another node.
const GOING_AWAY: u16 = 4000;

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_closes_connections_with_a_reconnect_code_and_exits_0() {
    let temporal = dev_server::start().await;
    let mut gateway = Gateway::start(&temporal).await;
    let python = Python::package_0_3().await;
    let _worker = python.seed_worker(&temporal).await;
    let gate = Gate::open().await;
    let mut idle = SeedClient::connect(&gateway, "bob").await;
    let mut busy = SeedClient::connect(&gateway, "alice").await;
    busy.start(
        STEPS,
        &json!({"steps": ["gate one"], "arg": gate.address()}),
    )
    .await;
    let visitor = gate.arrival().await;
    assert_eq!(busy.frame().await, Frame::running("gate one"));

    gateway.terminate();
    assert_eq!(busy.close_code().await, Some(GOING_AWAY));
    assert_eq!(idle.close_code().await, Some(GOING_AWAY));
    let status = soon("the end of the gateway", gateway.ended()).await;
    assert!(status.success(), "{status}");

    // The workflow continues, and a reconnected client receives the rest.
    let next = Gateway::start(&temporal).await;
    let mut reconnected = SeedClient::connect(&next, "alice").await;
    assert_eq!(reconnected.frame().await, Frame::running("gate one"));
    visitor.resume().await;
    let rest = [
        Frame::completed("gate one"),
        Frame::done(json!({"results": ["gate one"]})),
    ];
    assert_eq!(reconnected.frames_until_done().await, rest);
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_temporal_and_liveness_does_not() {
    let mut temporal = dev_server::start_with_database().await;
    let gateway = Gateway::start(&temporal).await;
    for available in [true, false, true] {
        if available {
            temporal.restart().await;
        } else {
            temporal.kill().await;
        }
        gateway.becomes_ready(available).await;
        assert_eq!(get(&gateway, "/healthz", &[]).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_dotenv_takes_effect_with_reload() {
    const OLD: &str = "https://old.example";
    const NEW: &str = "https://new.example";
    let temporal = dev_server::start().await;
    let dotenv = |origins: &str| {
        let address = temporal.address();
        format!("TEMPORAL_CLIENT={address}\nALLOWED_ORIGINS={origins}\nFASTAPI_PORT=0\n")
    };
    let gateway = Gateway::run(&dotenv(OLD), &["--reload"]).await;
    let mut client = SeedClient::try_connect(&gateway, "alice", Some(OLD))
        .await
        .expect(OLD);
    let rejected = SeedClient::try_connect(&gateway, "alice", Some(NEW)).await;
    assert!(rejected.expect_err(NEW).contains("403"));

    // An invalid file changes nothing.
    let lines = gateway.process().log_length();
    gateway.change_dotenv(&format!("{}POLLING_INTERVAL=often\n", dotenv(NEW)));
    let log = gateway.process();
    log.log_line_after(lines, |line| line.contains("POLLING_INTERVAL"))
        .await;
    client.assert_silent().await;

    let lines = gateway.process().log_length();
    gateway.change_dotenv(&dotenv(NEW));
    assert_eq!(client.close_code().await, Some(GOING_AWAY));
    gateway.serves_again(lines).await;
    let rejected = SeedClient::try_connect(&gateway, "alice", Some(OLD)).await;
    assert!(rejected.expect_err(OLD).contains("403"));
    let mut client = SeedClient::try_connect(&gateway, "alice", Some(NEW))
        .await
        .expect(NEW);
    client.assert_silent().await;
}
