//! Workflows that were started elsewhere.

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

// Covers SEED-18.
#[tokio::test(start_paused = true)]
async fn a_user_who_comes_to_another_node_is_shown_what_runs_from_its_start() {
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
    client.hears_nothing_for(Duration::from_secs(30)).await;
}

// Covers SEED-18.
#[tokio::test(start_paused = true)]
async fn what_another_node_starts_appears_within_the_pace() {
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
    // And once only, on either.
    assert_eq!(here.frames(1).await, frames([("one: Running", "Running")]));
    there.hears_nothing_for(Duration::from_secs(30)).await;
    here.hears_nothing_for(Duration::from_secs(30)).await;
}

// Covers SEED-18.
#[tokio::test(start_paused = true)]
async fn who_comes_back_is_shown_what_another_node_started_while_they_were_away() {
    let one = Gateway::start().await;
    let two = Gateway::start_on(one.engine.clone(), config()).await;
    let there = two.connect("ada").await;
    sleep(Duration::from_secs(20)).await;
    drop(there);
    // Not as lately as those which all the users of a node are looked up for.
    let a_while_ago = Timestamp::now() - SignedDuration::from_mins(2);
    one.engine.set_time(a_while_ago);
    let mut here = one.connect("ada").await;
    here.start(json!(1)).await;
    one.started(1).await.schedule("one");
    // The node goes on for a while with nobody there, and still knows the user.
    sleep(Duration::from_secs(30)).await;
    let mut there = two.connect("ada").await;
    let shown = timeout(Duration::from_secs(6), there.frames(1)).await;
    assert_eq!(shown, Ok(frames([("one: Running", "Running")])));
}

// Covers SEED-17.
#[tokio::test(start_paused = true)]
async fn nobody_is_shown_what_belongs_to_somebody_else() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    let prefix = owner::prefix("ada");
    // PayloadAccess ignores case, and knows ids that look nearly like it.
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
    client.hears_nothing_for(Duration::from_secs(30)).await;
}

#[tokio::test(start_paused = true)]
async fn many_users_cost_one_query_per_interval_and_none_cost_nothing() {
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
async fn while_temporal_is_away_it_is_asked_less_and_less() {
    let gateway = Gateway::start().await;
    let engine = &gateway.engine;
    engine
        .workflow(&format!("{}w", owner::prefix("ada")))
        .schedule("one");
    engine.go_away();
    let mut client = gateway.connect("ada").await;
    client.hears_nothing_for(Duration::from_mins(10)).await;
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
