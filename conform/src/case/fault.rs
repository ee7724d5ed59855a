//! Killing processes loses no event, and repeats none.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep, sleep_until};

use super::verb::{fresh_user, id_of};
use crate::{
    client::{Reading, Socket, Transport},
    oracle,
    world::World,
};

/// How many workflows run while a process is killed.
const WORKFLOWS: usize = 12;
/// How long Temporal is down: longer than a gateway retries without an error for its clients.
const TEMPORAL_AWAY: Duration = Duration::from_secs(12);
/// How many activities each has, and how many milliseconds each takes.
const STEPS: (usize, u64) = (12, 250);

/// Workflows watched by clients that reconnect to any gateway until the end.
struct Watched {
    world: Arc<World>,
    user: String,
    ids: Vec<String>,
}

impl Watched {
    async fn start(world: &Arc<World>, case: &str) -> anyhow::Result<Self> {
        let user = fresh_user(case);
        let mut socket = world.connect(0, &user).await?;
        let steps: Vec<Value> = (0..STEPS.0).map(|_| json!({"work": STEPS.1})).collect();
        let mut ids = Vec::new();
        for _ in 0..WORKFLOWS {
            let started = socket
                .ask("start", &world.start_request(&json!(steps)))
                .await?;
            ids.push(id_of(&started)?.to_owned());
        }
        Ok(Self {
            world: Arc::clone(world),
            user,
            ids,
        })
    }

    /// The events that a client receives until the end, and how often it reconnected.
    async fn watch(&self, number: usize) -> anyhow::Result<(Vec<Value>, usize)> {
        let token = self.world.user(&self.user);
        let how = Transport::ALL[number % Transport::ALL.len()];
        let mut seen: Vec<Value> = Vec::new();
        for round in 0..600 {
            let reading = Reading {
                node: self.world.node(number + round),
                token: token.as_deref(),
                workflow_id: &self.ids[number],
            };
            let after = seen.last().map(|event| oracle::cursor(event).to_owned());
            // It reconnects after any failure.
            if let Ok(batch) = reading.until(how, after.as_deref(), |_| false).await {
                ensure!(batch.gaps == 0, "a gap");
                seen.extend(batch.events);
                if batch.ended {
                    return Ok((seen, round));
                }
            }
            sleep(Duration::from_millis(100)).await;
        }
        anyhow::bail!("no end after {} events", seen.len())
    }

    /// Watches all of them during `harm`, and compares with the events that exist at the end.
    async fn survive<F>(self, harm: F) -> anyhow::Result<usize>
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        let watching = stream::iter(0..WORKFLOWS)
            .map(|number| self.watch(number))
            .buffered(WORKFLOWS)
            .try_collect::<Vec<_>>();
        let (seen, ()) = futures_util::future::try_join(watching, harm).await?;
        let token = self.world.user(&self.user);
        for (number, (seen, _)) in seen.iter().enumerate() {
            let reading = Reading {
                node: self.world.node(0),
                token: token.as_deref(),
                workflow_id: &self.ids[number],
            };
            let all = reading.to_the_end(Transport::LongPoll, None).await?;
            ensure!(all.len() >= 2 * STEPS.0 + 2, "{} events", all.len());
            oracle::compare(&format!("workflow {number}"), &all, seen)?;
        }
        Ok(seen.iter().map(|(_, rounds)| rounds).sum())
    }
}

pub async fn subscribers_of_a_killed_gateway_resume_on_the_other(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let watched = Watched::start(&world, "killed").await?;
    let harm = async {
        for gateway in [0, 1] {
            sleep(Duration::from_millis(700)).await;
            let mut environment = world.environment().await;
            environment.kill_gateway(gateway).await?;
            sleep(Duration::from_millis(300)).await;
            environment.restart_gateway(gateway).await?;
        }
        Ok(())
    };
    let returns = watched.survive(harm).await?;
    ensure!(
        returns >= WORKFLOWS / 2,
        "only {returns} clients had to reconnect"
    );
    Ok(())
}

pub async fn a_killed_temporal_loses_no_event(world: Arc<World>) -> anyhow::Result<()> {
    let watched = Watched::start(&world, "temporal").await?;
    let about = json!({"workflow_id": watched.ids[0]});
    let mut asking = world.connect(1, &watched.user).await?;
    let harm = async {
        sleep(Duration::from_millis(800)).await;
        let mut environment = world.environment().await;
        environment.kill_temporal().await;
        let killed_at = Instant::now();
        // Requests meanwhile fail soon, with a retryable error.
        let answer = asking.request("describe", &about).await?;
        ensure!(answer["error"]["retryable"] == true, "{answer}");
        sleep_until(killed_at + TEMPORAL_AWAY).await;
        environment.restart_temporal().await;
        Ok(())
    };
    watched.survive(harm).await.map(drop)
}

pub async fn a_killed_worker_loses_no_event(world: Arc<World>) -> anyhow::Result<()> {
    let user = fresh_user("worker");
    let token = world.user(&user);
    let mut socket = world.connect(0, &user).await?;
    let steps = json!([{"work": 10}, {"notes": 2}, {"work": 10}]);
    let started = socket.ask("start", &world.start_request(&steps)).await?;
    let id = id_of(&started)?.to_owned();
    let reading = |node: usize| Reading {
        node: world.node(node),
        token: token.as_deref(),
        workflow_id: &id,
    };
    let mut seen = reading(0)
        .until(Transport::WebSocket, None, |event| {
            event["type"] == "activity.completed"
        })
        .await?
        .events;
    let note = json!({"workflow_id": id, "name": "note", "args": ["one"]});
    {
        let mut environment = world.environment().await;
        environment.kill_worker().await?;
        socket.ask("signal", &note).await?;
        environment.restart_worker()?;
    }
    socket.ask("signal", &note).await?;
    let after = oracle::cursor(seen.last().context("no events")?).to_owned();
    seen.extend(
        reading(1)
            .to_the_end(Transport::EventStream, Some(&after))
            .await?,
    );
    let all = reading(0).to_the_end(Transport::LongPoll, None).await?;
    oracle::compare("over a killed worker", &all, &seen)
}

pub async fn a_draining_gateway_sends_its_clients_to_the_other(
    world: Arc<World>,
) -> anyhow::Result<()> {
    let watched = Watched::start(&world, "stopped").await?;
    let token = world.user(&watched.user);
    let mut idle = Socket::connect(world.node(0), token.as_deref()).await?;
    let harm = async {
        sleep(Duration::from_millis(700)).await;
        let mut environment = world.environment().await;
        environment.stop_gateway(0)?;
        let code = idle.closed().await?;
        ensure!(code == 4000, "closed with {code}");
        environment.restart_gateway(0).await
    };
    watched.survive(harm).await.map(drop)
}
