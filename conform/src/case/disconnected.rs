//! Clients that stay disconnected until the gateway stops following their workflow.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Reading, Transport},
    oracle,
    world::World,
};

/// How long the clients are disconnected. Gateways follow a workflow for 10 s after its last
/// subscriber, those that are started for this run much less.
const ABSENCE: Duration = Duration::from_secs(15);
/// In how many parts the signals are sent meanwhile.
const PARTS: u32 = 5;
/// How many signals each part has.
const SIGNALS: u32 = 8;

pub async fn clients_resume_after_the_follower_has_stopped(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let user = fresh_user("absence");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([
        {"work": 1}, {"notes": 2 * SIGNALS}, "continue_as_new", {"work": 1}, "go",
    ]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?;
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: id,
    };
    // Each transport on each node, with its own cursor.
    let clients: Vec<(usize, Transport)> = (0..2)
        .flat_map(|node| Transport::ALL.map(|how| (node, how)))
        .collect();
    let mut before = Vec::new();
    for (number, (node, how)) in clients.iter().enumerate() {
        let mut left = 1 + number % 3;
        let batch = reading(*node)
            .until(*how, None, |_| {
                left -= 1;
                left == 0
            })
            .await?;
        before.push(batch.events);
    }
    for part in 0..PARTS {
        sleep(ABSENCE / PARTS).await;
        for number in 0..SIGNALS {
            let text = format!("{part}.{number}");
            let note = json!({
                "workflow_id": id, "name": "note", "args": [text], "request_id": text,
            });
            // Temporal may be busy: then the signal is sent again.
            while socket.request("signal", &note).await?["ok"] != true {
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
    // They reconnect to the same node and to the other, while the workflow runs.
    let (clients, before, reading) = (&clients, &before, &reading);
    let back = stream::iter(0..clients.len())
        .map(|number| async move {
            let (node, how) = clients[number];
            let mut all: Vec<Value> = before[number].clone();
            let after = oracle::cursor(all.last().context("no event")?).to_owned();
            let reading = reading(node + number / 3);
            all.extend(reading.to_the_end(how, Some(&after)).await?);
            anyhow::Ok(all)
        })
        .buffered(clients.len())
        .try_collect::<Vec<_>>();
    let go = async {
        // Another run has followed.
        let described = socket.ask("describe", &json!({"workflow_id": id})).await?;
        let followed = described["run_id"] != started["run_id"];
        ensure!(followed, "it does not continue as new: {described}");
        let go = json!({"workflow_id": id, "name": "go"});
        socket.ask("signal", &go).await
    };
    let (seen, _) = futures_util::future::try_join(back, go).await?;
    let all = reading(0).to_the_end(Transport::LongPoll, None).await?;
    let signals = all
        .iter()
        .filter(|event| event["type"] == "signal.received")
        .count();
    let expected = usize::try_from(PARTS * SIGNALS + 1)?;
    ensure!(signals == expected, "{signals} signals");
    for ((node, how), seen) in clients.iter().zip(&seen) {
        oracle::compare(&format!("{how:?} away from {node}"), &all, seen)?;
    }
    Ok(())
}
