//! The `seed` dialect discovers workflows that another node started.

use std::time::Duration;

use fast_temporal_core::owner;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{Gateway, Timer, payload, token::workflow_of};

// Covers SEED-31.
#[tokio::test(start_paused = true)]
async fn another_node_sends_running_workflows_from_their_start() {
    let one = Gateway::start().await;
    let two = one.another_node().await;
    let mut client = one.seed("ada").await;
    client.start(json!(1)).await;
    let workflow = one.started(1).await;
    workflow.schedule("one");
    client.frame().await;
    drop(client);

    let mut client = two.seed("ada").await;
    let timer = Timer::start();
    client.expect([("one: Running", "Running")]).await;
    timer.expect(..1.0);
    workflow.complete(payload("done"));
    client.expect([("done", "Done")]).await;
    client.expect_silence(Duration::from_secs(30)).await;
}

// Covers SEED-31.
#[tokio::test(start_paused = true)]
async fn workflow_of_another_node_appears_within_the_interval() {
    let one = Gateway::start().await;
    let two = one.another_node().await;
    let mut here = one.seed("ada").await;
    let mut there = two.seed("ada").await;
    sleep(Duration::from_secs(20)).await;
    here.start(json!(1)).await;
    one.started(1).await.schedule("one");
    let timer = Timer::start();
    there.expect([("one: Running", "Running")]).await;
    timer.expect(..6.0);
    // Each node sends it only once.
    here.expect([("one: Running", "Running")]).await;
    there.expect_silence(Duration::from_secs(30)).await;
    here.expect_silence(Duration::from_secs(30)).await;
}

// Covers SEED-31.
#[tokio::test(start_paused = true)]
async fn reconnecting_user_receives_what_another_node_started_meanwhile() {
    let one = Gateway::start().await;
    let two = one.another_node().await;
    let there = two.seed("ada").await;
    sleep(Duration::from_secs(20)).await;
    drop(there);
    // Longer ago than the period that discovery for all users of a node covers.
    let a_while_ago = Timestamp::now() - SignedDuration::from_mins(2);
    one.engine.set_time(a_while_ago);
    let mut here = one.seed("ada").await;
    here.start(json!(1)).await;
    one.started(1).await.schedule("one");
    // The node keeps the user for a while after the disconnect.
    sleep(Duration::from_secs(30)).await;
    let mut there = two.seed("ada").await;
    let shown = there.expect([("one: Running", "Running")]);
    timeout(Duration::from_secs(6), shown)
        .await
        .expect("a frame in time");
}

// Covers SEED-17.
#[tokio::test(start_paused = true)]
async fn discovery_shows_only_the_users_own_workflows() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    let prefix = owner::prefix("ada");
    // Visibility ignores case, and has ids with a similar prefix.
    for id in [
        format!("{}x", prefix.to_uppercase()),
        format!("{}b", owner::prefix("adam")),
        "ada-1".to_owned(),
    ] {
        engine.workflow(&id).schedule("of another");
    }
    engine.workflow(&format!("{prefix}mine")).schedule("mine");
    let mut client = gateway.seed("ada").await;
    client.expect([("mine: Running", "Running")]).await;
    client.expect_silence(Duration::from_secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn discovery_sends_one_query_per_interval_and_none_without_users() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    sleep(Duration::from_mins(1)).await;
    assert_eq!(engine.stats().lists, 0);
    let mut clients = Vec::new();
    for number in 0..100 {
        let user = format!("user-{number}");
        engine.workflow(&workflow_of(&user)).schedule("one");
        clients.push(gateway.seed(&user).await);
    }
    for client in &mut clients {
        client.expect([("one: Running", "Running")]).await;
    }
    let before = engine.stats().lists;
    assert!(before <= 2, "{before}");
    sleep(Duration::from_secs(50)).await;
    let lists = engine.stats().lists - before;
    assert!((8..=11).contains(&lists), "{lists}");

    drop(clients);
    sleep(Duration::from_mins(2)).await;
    let before = engine.stats().lists;
    sleep(Duration::from_mins(10)).await;
    assert_eq!(engine.stats().lists, before);
    assert_eq!(engine.stats().open_polls, 0);
}

#[tokio::test(start_paused = true)]
async fn discovery_backs_off_while_temporal_is_unavailable() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    engine.workflow(&workflow_of("ada")).schedule("one");
    engine.make_unavailable();
    let mut client = gateway.seed("ada").await;
    client.expect_silence(Duration::from_mins(10)).await;
    engine.make_available();
    let timer = Timer::start();
    client.expect([("one: Running", "Running")]).await;
    timer.expect(..70.0);
}
