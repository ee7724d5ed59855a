//! Clients that stay disconnected until the gateway stops following their workflow.

use std::sync::Arc;

use anyhow::{Result, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use crate::{subscriber::Transport, user::User, world::World};

/// How long the clients are disconnected. Gateways follow a workflow for 10 s after its last
/// subscriber, those that are started for this run much less.
const ABSENCE: Duration = Duration::from_secs(15);
/// In how many parts the signals are sent meanwhile.
const PARTS: u32 = 5;
/// How many signals each part has.
const SIGNALS: u32 = 8;

pub async fn clients_resume_after_the_follower_has_stopped(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "absence");
    let steps = json!([
        {"work": 1}, {"notes": 2 * SIGNALS}, "continue_as_new", {"work": 1}, "go",
    ]);
    let mut workflow = user.start(&steps).await?;
    let subscriber = &workflow.subscriber();
    // Each transport on each node, with its own cursor.
    let clients: Vec<(usize, Transport)> = (0..2)
        .flat_map(|node| Transport::ALL.map(|transport| (node, transport)))
        .collect();
    let mut before = Vec::new();
    for (number, (node, transport)) in clients.iter().enumerate() {
        let mut left = 1 + number % 3;
        let is_enough = |_: &Value| {
            left -= 1;
            left == 0
        };
        let batch = subscriber.until(*node, *transport, None, is_enough).await?;
        before.push(batch.events);
    }
    for part in 0..PARTS {
        sleep(ABSENCE / PARTS).await;
        for number in 0..SIGNALS {
            let text = format!("{part}.{number}");
            let note = json!({"name": "note", "args": [text], "request_id": text});
            let note = workflow.with_id(note);
            // Temporal may be busy: then the signal is sent again.
            while workflow.socket.request("signal", &note).await?["ok"] != true {
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
    // They reconnect to the same node and to the other, while the workflow runs.
    let resumed = stream::iter(clients.clone().into_iter().zip(before).enumerate())
        .map(|(number, ((node, transport), mut received))| async move {
            let node = node + number / 3;
            subscriber.resume(node, transport, &mut received).await?;
            anyhow::Ok(received)
        })
        .buffered(clients.len())
        .try_collect::<Vec<_>>();
    let go = async {
        let described = workflow.describe().await?;
        let continued = described["run_id"] != workflow.run_id;
        ensure!(continued, "it does not continue as new: {described}");
        workflow.signal("go", json!([])).await
    };
    let (received, ()) = try_join(resumed, go).await?;
    for ((node, transport), received) in clients.iter().zip(&received) {
        let what = format!("{transport:?}, first on node {node}");
        let all = subscriber.compare(&what, received).await?;
        let signals = all.iter().filter(|e| e["type"] == "signal.received");
        let (signals, expected) = (signals.count(), usize::try_from(PARTS * SIGNALS + 1)?);
        ensure!(signals == expected, "{signals} signals, not {expected}");
    }
    Ok(())
}
