//! Discovery of workflows that another node started.

use std::time::Duration;

use fast_temporal_core::owner;
use fast_temporal_protocol::Json;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::support::{Gateway, config, frames};

fn done() -> Json {
    Json::from_value(&"done").unwrap()
}

// Covers SEED-31.
#[tokio::test(start_paused = true)]
async fn another_node_sends_running_workflows_from_their_start() {
    let one = Gateway::start().await;
    let two = Gateway::start_on(one.engine.clone(), config()).await;
    let mut client = one.connect("ada").await;
    client.start(json!(1)).await;
    let workflow = one.started(1).await;
    workflow.schedule("one");
    client.frames(1).await;
    drop(client);

    let mut client = two.connect("ada").await;
    let began = Instant::now();
    assert_eq!(
        client.frames(1).await,
        frames([("one: Running", "Running")])
    );
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    workflow.complete(done());
    assert_eq!(client.frames(1).await, frames([("done", "Done")]));
    client.expect_silence(Duration::from_secs(30)).await;
}

// Covers SEED-31.
#[tokio::test(start_paused = true)]
async fn workflow_of_another_node_appears_within_the_interval() {
    let one = Gateway::start().await;
    let two = Gateway::start_on(one.engine.clone(), config()).await;
    let mut here = one.connect("ada").await;
    let mut there = two.connect("ada").await;
    sleep(Duration::from_secs(20)).await;
    here.start(json!(1)).await;
    one.started(1).await.schedule("one");
    let began = Instant::now();
    assert_eq!(there.frames(1).await, frames([("one: Running", "Running")]));
    assert!(
        began.elapsed() < Duration::from_secs(6),
        "{:?}",
        began.elapsed()
    );
    // And only once, on either node.
    assert_eq!(here.frames(1).await, frames([("one: Running", "Running")]));
    there.expect_silence(Duration::from_secs(30)).await;
    here.expect_silence(Duration::from_secs(30)).await;
}

// Covers SEED-31.
#[tokio::test(start_paused = true)]
async fn reconnecting_user_receives_what_another_node_started_meanwhile() {
    let one = Gateway::start().await;
    let two = Gateway::start_on(one.engine.clone(), config()).await;
    let there = two.connect("ada").await;
    sleep(Duration::from_secs(20)).await;
    drop(there);
    // Longer ago than a round for all users of a node looks back.
    let a_while_ago = Timestamp::now() - SignedDuration::from_mins(2);
    one.engine.set_time(a_while_ago);
    let mut here = one.connect("ada").await;
    here.start(json!(1)).await;
    one.started(1).await.schedule("one");
    // The node keeps the user for a while after the disconnect.
    sleep(Duration::from_secs(30)).await;
    let mut there = two.connect("ada").await;
    let shown = timeout(Duration::from_secs(6), there.frames(1)).await;
    assert_eq!(shown, Ok(frames([("one: Running", "Running")])));
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
        engine.workflow(&id).schedule("theirs");
    }
    engine.workflow(&format!("{prefix}mine")).schedule("mine");
    let mut client = gateway.connect("ada").await;
    assert_eq!(
        client.frames(1).await,
        frames([("mine: Running", "Running")])
    );
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
        engine
            .workflow(&format!("{}w", owner::prefix(&user)))
            .schedule("one");
        clients.push(gateway.connect(&user).await);
    }
    for client in &mut clients {
        assert_eq!(
            client.frames(1).await,
            frames([("one: Running", "Running")])
        );
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
    engine
        .workflow(&format!("{}w", owner::prefix("ada")))
        .schedule("one");
    engine.go_away();
    let mut client = gateway.connect("ada").await;
    client.expect_silence(Duration::from_mins(10)).await;
    engine.come_back();
    let began = Instant::now();
    assert_eq!(
        client.frames(1).await,
        frames([("one: Running", "Running")])
    );
    assert!(
        began.elapsed() < Duration::from_secs(70),
        "{:?}",
        began.elapsed()
    );
}
