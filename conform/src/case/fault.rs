//! Killing processes loses no event, and repeats none.

use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, future::try_join, stream};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep, sleep_until};

use crate::{oracle, subscriber::Transport, user::User, world::World};

/// How many workflows run while a process is killed.
const WORKFLOWS: usize = 12;
/// How long Temporal is down: longer than a gateway retries without an error for its clients.
const TEMPORAL_DOWN: Duration = Duration::from_secs(12);
/// How many activities each workflow has.
const ACTIVITIES: usize = 12;
/// How many milliseconds each activity takes.
const ACTIVITY_MILLIS: u64 = 250;

/// Workflows that are watched by one client each, which reconnects to any gateway until the end.
struct Watched {
    user: User,
    ids: Vec<String>,
}

impl Watched {
    async fn start(world: &Arc<World>, case: &str) -> Result<Self> {
        let user = User::new(world, case);
        let steps = vec![json!({"work": ACTIVITY_MILLIS}); ACTIVITIES];
        let mut ids = Vec::new();
        for _ in 0..WORKFLOWS {
            ids.push(user.start(&json!(steps)).await?.id);
        }
        Ok(Self { user, ids })
    }

    /// Returns the events that a client receives until the end, and how often it reconnected.
    async fn watch(&self, number: usize) -> Result<(Vec<Value>, usize)> {
        let subscriber = self.user.subscriber(&self.ids[number]);
        let transport = Transport::ALL[number % Transport::ALL.len()];
        let mut received: Vec<Value> = Vec::new();
        for attempt in 0..600 {
            let after = received
                .last()
                .map(|event| oracle::cursor(event).to_owned());
            let batch = subscriber.until(number + attempt, transport, after.as_deref(), |_| false);
            // It reconnects after any failure.
            if let Ok(batch) = batch.await {
                ensure!(batch.gaps == 0, "received a gap");
                received.extend(batch.events);
                if batch.ended {
                    return Ok((received, attempt));
                }
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("no end after {} events", received.len())
    }

    /// Watches all workflows while `fault` runs, and compares what the clients received with the events
    /// that exist at the end. Returns how often clients reconnected.
    async fn survive(self, fault: impl Future<Output = Result<()>>) -> Result<usize> {
        let clients = stream::iter(0..WORKFLOWS)
            .map(|number| self.watch(number))
            .buffered(WORKFLOWS)
            .try_collect::<Vec<_>>();
        let (watched, ()) = try_join(clients, fault).await?;
        for (id, (received, _)) in self.ids.iter().zip(&watched) {
            let all = self.user.subscriber(id).compare(id, received).await?;
            ensure!(all.len() >= 2 * ACTIVITIES + 2, "{} events", all.len());
        }
        Ok(watched.iter().map(|(_, reconnects)| reconnects).sum())
    }
}

pub async fn subscribers_of_a_killed_gateway_resume_on_the_other(world: Arc<World>) -> Result<()> {
    let watched = Watched::start(&world, "killed").await?;
    let fault = async {
        for number in [0, 1] {
            sleep(Duration::from_millis(700)).await;
            let mut environment = world.environment().await;
            environment.gateway(number).kill().await?;
            sleep(Duration::from_millis(300)).await;
            environment.gateway(number).restart().await?;
        }
        Ok(())
    };
    let reconnects = watched.survive(fault).await?;
    let enough = reconnects >= WORKFLOWS / 2;
    ensure!(enough, "clients reconnected only {reconnects} times");
    Ok(())
}

pub async fn a_killed_temporal_loses_no_event(world: Arc<World>) -> Result<()> {
    let watched = Watched::start(&world, "temporal").await?;
    let describe = json!({"workflow_id": watched.ids[0]});
    let mut socket = watched.user.connect(1).await?;
    let fault = async {
        sleep(Duration::from_millis(800)).await;
        let mut environment = world.environment().await;
        environment.kill_temporal().await;
        let killed_at = Instant::now();
        // Requests meanwhile fail soon, with a retryable error.
        let response = socket.request("describe", &describe).await?;
        ensure!(response["error"]["retryable"] == true, "{response}");
        sleep_until(killed_at + TEMPORAL_DOWN).await;
        environment.restart_temporal().await;
        Ok(())
    };
    watched.survive(fault).await.map(drop)
}

pub async fn a_killed_worker_loses_no_event(world: Arc<World>) -> Result<()> {
    let user = User::new(&world, "worker");
    let steps = json!([{"work": 10}, {"notes": 2}, {"work": 10}]);
    let mut workflow = user.start(&steps).await?;
    let subscriber = workflow.subscriber();
    let received = subscriber.until_type(0, Transport::WebSocket, "activity.completed");
    let mut received = received.await?;
    {
        let mut environment = world.environment().await;
        environment.kill_worker().await?;
        workflow.signal("note", json!(["one"])).await?;
        environment.restart_worker()?;
    }
    workflow.signal("note", json!(["two"])).await?;
    let resumed = subscriber.resume(1, Transport::EventStream, &mut received);
    resumed.await?;
    let compared = subscriber.compare("while a worker was killed", &received);
    compared.await.map(drop)
}

pub async fn a_draining_gateway_sends_its_clients_to_the_other(world: Arc<World>) -> Result<()> {
    let watched = Watched::start(&world, "stopped").await?;
    let mut idle = watched.user.connect(0).await?;
    let fault = async {
        sleep(Duration::from_millis(700)).await;
        let mut environment = world.environment().await;
        environment.gateway(0).stop()?;
        idle.expect_close(4000).await?;
        environment.gateway(0).restart().await
    };
    watched.survive(fault).await.map(drop)
}
